#include "manifest/sweep_source.hpp"

#include <fmt/format.h>

#include <utility>

#include "farm/error.hpp"

namespace farm {
namespace {

Sweep with_inputs(Sweep sweep) {
  if (sweep.inputs.empty()) {
    SweepInput standard_input;
    standard_input.kind = SweepInput::Kind::file;
    standard_input.path = "-";
    sweep.inputs.push_back(std::move(standard_input));
  }
  return sweep;
}

// Everything in the sweep that makes a difference to its tasks, and is not in its sources.
void add(Fingerprinter& fingerprinter, const Sweep& sweep) {
  const auto add_all = [&](const std::vector<std::string>& fields) {
    fingerprinter.field(std::to_string(fields.size()));
    for (const std::string& field : fields) fingerprinter.field(field);
  };
  const SweepGrouping& grouping = sweep.grouping;
  const ReplacementNames& names = sweep.names;
  add_all(sweep.command);
  for (const SweepInput& input : sweep.inputs) fingerprinter.field(input.linked ? "+" : "");
  add_all({sweep.separator, sweep.column_separator.value_or(""), sweep.end_marker.value_or(""), sweep.filter,
           sweep.directory, sweep.results});
  add_all({names.value, names.no_extension, names.base, names.directory, names.base_no_extension, names.sequence,
           names.slot, names.expression_begin, names.expression_end});
  for (const auto& [name, expression] : names.defined) add_all({name, expression});
  for (const auto& [from, to] : sweep.templates) add_all({from, to});
  fingerprinter.field(fmt::format(
      "{}{}{}{}{}{}{} {} {}{}{}{}{} {} {} {} {}", sweep.link, sweep.csv, sweep.header, sweep.skip_blank,
      sweep.quote_words, names.plus, sweep.column_separator.has_value(), static_cast<int>(sweep.trim), grouping.lines,
      grouping.no_values, grouping.fill, grouping.spread, grouping.repeat_word, grouping.most, grouping.most_bytes,
      grouping.fill ? grouping.slots : 0, sweep.shuffle ? static_cast<std::int64_t>(sweep.shuffle->seed) : -1));
}

}  // namespace

SweepSource::SweepSource(Sweep sweep, Wanted wanted, std::string launch_dir)
    : sweep_(with_inputs(std::move(sweep))), wanted_(wanted), launch_dir_(std::move(launch_dir)) {
  tasks_.emplace(sweep_, wanted_, launch_dir_, std::vector<std::string>());  // finds mistakes before anything is read
  rewind();
  if (rows_->digest()) try_names();  // what comes from a stream can be read only once
}

// A sweep that is ended in its middle by a name is half a sweep.
void SweepSource::try_names() {
  if (sweep_.results.empty() && sweep_.templates.empty()) return;
  TaskSpec task;
  try {
    // Only when the columns of a heading are known is it clear whether there are any.
    while (made_ < most_tried && next(task) == Next::task && tasks_->checks_names()) {
    }
  } catch (const Error& error) {
    fail_usage(error.what());
  }
  rewind();
}

void SweepSource::rewind() {
  rows_ = std::make_unique<SweepRows>(sweep_, tasks_->uses_total());
  groups_.emplace(sweep_.grouping);
  made_ = 0;
  knows_columns_ = !sweep_.header;
  if (!total_) total_ = find_total();
  if (tasks_->uses_total() && !total_) count_tasks();
}

// Where only making them tells how many there will be. What the total adds to a line is not known meanwhile.
void SweepSource::count_tasks() {
  std::uint64_t count = 0;
  TaskSpec task;
  for (; next(task) == Next::task; ++count) {
  }
  total_ = count;
  rows_ = std::make_unique<SweepRows>(sweep_, true);
  groups_.emplace(sweep_.grouping);
  made_ = 0;
}

SweepTasks& SweepSource::tasks() {
  if (!knows_columns_) tasks_.emplace(sweep_, wanted_, launch_dir_, rows_->columns());
  knows_columns_ = true;
  return *tasks_;
}

TaskSource::Next SweepSource::next(TaskSpec& task) {
  const auto measure = [this](std::span<const std::string_view> values) {
    return tasks().command_bytes(job_of(values, made_ + 1));
  };
  switch (groups_->next(*rows_, measure, values_)) {
    case SweepRows::Next::later:
      return Next::later;
    case SweepRows::Next::end:
      return Next::end;
    case SweepRows::Next::row:
      break;
  }
  ++made_;
  tasks().make(task, job_of(values_, made_));
  return Next::task;
}

SweepJob SweepSource::job_of(std::span<const std::string_view> values, std::uint64_t sequence) const {
  return {.values = values,
          .unchanged = groups_->unchanged(*rows_),
          .sequence = sequence,
          .blank_values = sweep_.grouping.no_values,
          .total = total_};
}

std::optional<std::uint64_t> SweepSource::find_total() const {
  const auto records = rows_->total();
  const SweepGrouping& grouping = sweep_.grouping;
  if (!records || (*records > 0 && (grouping.fill || grouping.lines))) return std::nullopt;
  return *records / grouping.most + (*records % grouping.most > 0 ? 1 : 0);
}

std::optional<Fingerprint> SweepSource::digest() const {
  const auto rows = rows_->digest();
  if (!rows) return std::nullopt;
  Fingerprinter fingerprinter;
  fingerprinter.field(rows->text());
  fingerprinter.field(launch_dir_);
  for (const auto& [from, to] : sweep_.templates) fingerprinter.field(from);
  add(fingerprinter, sweep_);
  return fingerprinter.value();
}

}  // namespace farm
