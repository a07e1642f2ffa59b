#include "manifest/sweep_source.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <utility>

#include "base/text.hpp"
#include "farm/error.hpp"
#include "sweep/quote.hpp"
#include "sweep/results_path.hpp"

namespace farm {
namespace {

// A longer one is refused by the kernel (MAX_ARG_STRLEN).
constexpr std::size_t longest_command = 131'071;

Sweep with_inputs(Sweep sweep) {
  if (sweep.inputs.empty()) {
    SweepInput standard_input;
    standard_input.kind = SweepInput::Kind::file;
    standard_input.path = "-";
    sweep.inputs.push_back(std::move(standard_input));
  }
  return sweep;
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) fail_usage(fmt::format("--tmpl: cannot read {}: {}", printable(path), std::strerror(errno)));
  return {std::istreambuf_iterator<char>(file), {}};
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
  for (const auto& [from, to] : sweep_.templates) file_templates_.push_back(read_file(from));
  compile({});  // finds what is wrong before anything is read
  rewind();
}

void SweepSource::rewind() {
  rows_ = std::make_unique<SweepRows>(sweep_, templates_->use_total);
  groups_.emplace(sweep_.grouping);
  command_ = {};
  made_ = 0;
  knows_columns_ = !sweep_.header;
  total_ = find_total();
  if (templates_->use_total && !total_) count_tasks();
}

// Where only making them tells how many there will be. What the total adds to a line is not known meanwhile.
void SweepSource::count_tasks() {
  std::uint64_t count = 0;
  TaskSpec task;
  for (; next(task) == Next::task; ++count) {
  }
  total_ = count;
  command_ = {};
  rows_ = std::make_unique<SweepRows>(sweep_, true);
  groups_.emplace(sweep_.grouping);
  made_ = 0;
}

void SweepSource::compile(std::vector<std::string> columns) {
  const Placeholders placeholders(sweep_.names, std::move(columns));
  const Template::Form raw{.quote_values = false};
  const auto text = [&](const std::string& words) { return Template({words}, placeholders, raw); };
  templates_.emplace(Templates{.command = Template(sweep_.command, placeholders,
                                                   {.quote_values = true,
                                                    .quote_words = sweep_.quote_words,
                                                    .repeat_words = sweep_.grouping.repeat_word,
                                                    .is_command = true}),
                               .tag = text(sweep_.tag.empty() ? sweep_.names.value : sweep_.tag),
                               .directory = text(sweep_.directory),
                               .results = text(sweep_.results),
                               .filter = text(sweep_.filter),
                               .files = {}});
  for (std::size_t i = 0; i < sweep_.templates.size(); ++i) {
    templates_->files.push_back({text(sweep_.templates[i].second), text(file_templates_[i])});
  }
  const auto& [command, tag, directory, results, filter, files, use_total] = *templates_;
  for (const Template* each : {&command, &tag, &directory, &results, &filter}) {
    templates_->use_total = templates_->use_total || each->uses_total();
  }
}

const SweepSource::Templates& SweepSource::templates() {
  if (!knows_columns_) compile(rows_->columns());
  if (!knows_columns_) command_ = {};
  knows_columns_ = true;
  return *templates_;
}

TaskSource::Next SweepSource::next(TaskSpec& task) {
  const auto measure = [this](std::span<const std::string_view> values) {
    std::string line;
    templates().command.render(job_of(values, made_ + 1), line);
    return line.size();
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
  make(task, job_of(values_, made_));
  return Next::task;
}

SweepJob SweepSource::job_of(std::span<const std::string_view> values, std::uint64_t sequence) const {
  return {.values = values,
          .unchanged = groups_->unchanged(*rows_),
          .sequence = sequence,
          .blank_values = sweep_.grouping.no_values,
          .total = total_};
}

void SweepSource::make(TaskSpec& task, const SweepJob& job) {
  const Templates& templates = this->templates();
  task.clear();
  task.skip = !templates.command.render_next(job, command_) || !passes_filter(job);
  task.command = command_.text;
  for (std::uint32_t i = 0; i < sweep_.print_quoted; ++i) task.command = quote_value(task.command);
  if (task.command.size() > longest_command && sweep_.print_quoted == 0) {
    fail_fatal(fmt::format("task {} would be {} bytes long, and a command line can be {} bytes: {}", job.sequence,
                           task.command.size(), longest_command, printable(task.command)));
  }
  task.inherits_stdin = made_ == 1 && wanted_.stdin_for_first;
  if (wanted_.tags) templates.tag.render(job, task.tag);
  if (wanted_.values) task.values.assign(job.values.begin(), job.values.end());
  if (!sweep_.results.empty()) task.results = results_path(job);
  if (!sweep_.directory.empty()) set_directory(task, job);
  set_files(task, job);
}

bool SweepSource::passes_filter(const SweepJob& job) const {
  if (sweep_.filter.empty()) return true;
  std::string condition;
  templates_->filter.render(job, condition);
  try {
    ExpressionContext context;
    context.sequence = job.sequence;
    context.total = job.total;
    context.arguments = job.values;
    // A bare word is itself, as in `--filter '{1} ne b'`.
    context.lookup = [](std::string_view name) { return std::optional(name); };
    return Expression::parse(condition).is_true(context);
  } catch (const ExpressionError& error) {
    fail_fatal(fmt::format("--filter of task {}: {}\n  {}\n  {:>{}}", job.sequence, error.what(), printable(condition),
                           '^', error.offset() + 1));
  }
}

std::string SweepSource::results_path(const SweepJob& job) const {
  if (!templates_->results.has_placeholders()) return results_directory(sweep_.results, rows_->columns(), job.values);
  std::string path;
  templates_->results.render(job, path);
  return path;
}

void SweepSource::set_directory(TaskSpec& task, const SweepJob& job) const {
  std::string path;
  templates_->directory.render(job, path);
  task.cwd = path.starts_with('/') ? path : launch_dir_ + "/" + path;
  task.files.push_back({task.cwd + "/", {}});
}

void SweepSource::set_files(TaskSpec& task, const SweepJob& job) const {
  for (const FileTemplate& file : templates_->files) {
    FileContent content;
    file.path.render(job, content.path);
    file.bytes.render(job, content.bytes);
    task.files.push_back(std::move(content));
  }
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
  for (const std::string& text : file_templates_) fingerprinter.field(text);
  add(fingerprinter, sweep_);
  return fingerprinter.value();
}

}  // namespace farm
