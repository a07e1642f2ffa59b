#include "manifest/sweep_tasks.hpp"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <fstream>
#include <iterator>
#include <limits>
#include <utility>

#include "base/quote.hpp"
#include "base/text.hpp"
#include "expression/late.hpp"
#include "expression/number.hpp"
#include "farm/error.hpp"
#include "sweep/results_path.hpp"

namespace farm {
namespace {

// A longer one is refused by the kernel (MAX_ARG_STRLEN).
constexpr std::size_t longest_command = 131'071;

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) fail_usage(fmt::format("--tmpl: cannot read {}: {}", printable(path), std::strerror(errno)));
  return {std::istreambuf_iterator<char>(file), {}};
}

// Data that a task gets in a file or FIFO, for which its values stand.
bool is_named(const PipeOptions& pipe) { return pipe.feed != PipeOptions::Feed::standard_input; }

Template::Form command_form(const Sweep& sweep) {
  return {.quote_values = !sweep.for_resident && (!sweep.pipe || !is_named(*sweep.pipe)),
          .quote_words = sweep.quote_words,
          .repeat_words = sweep.grouping.repeat_word,
          .is_command = true,
          .append_values = !sweep.pipe || is_named(*sweep.pipe)};
}

Template text_template(const std::string& text, const Placeholders& placeholders) {
  return Template({text}, placeholders, {.quote_values = false});
}

// What depends on the slot depends on no more than its number.
std::string in_some_slot(const std::string& name) {
  if (!has_late(name)) return name;
  try {
    return fill_late(name, 1);
  } catch (const ExpressionError&) {
    return name;  // as the task's start will find out
  }
}

// As GNU parallel reads it: "2abc" is 2, and a number of failures that is never reached is no limit.
std::uint32_t tries_from(std::string_view text) {
  constexpr double most = std::numeric_limits<std::uint32_t>::max();
  const double number = Number::parse(text).real();
  const bool is_reached = number >= 1 && number <= most && number == std::floor(number);
  return is_reached ? static_cast<std::uint32_t>(number) : 0;
}

}  // namespace

SweepTasks::SweepTasks(const Sweep& sweep, Wanted wanted, std::string launch_dir, std::vector<std::string> columns)
    : SweepTasks(sweep, wanted, std::move(launch_dir), Placeholders(sweep.names, std::move(columns))) {}

SweepTasks::SweepTasks(const Sweep& sweep, Wanted wanted, std::string launch_dir, const Placeholders& placeholders)
    : wanted_(wanted),
      for_resident_(sweep.for_resident),
      launch_dir_(std::move(launch_dir)),
      columns_(placeholders.columns()),
      results_directory_(sweep.results),
      print_quoted_(sweep.print_quoted),
      feed_(sweep.pipe ? sweep.pipe->feed : PipeOptions::Feed::standard_input),
      command_(sweep.command, placeholders, command_form(sweep)),
      tag_(text_template(sweep.tag.empty() ? sweep.names.value : sweep.tag, placeholders)),
      directory_(text_template(sweep.directory, placeholders)),
      results_(text_template(sweep.results, placeholders)),
      filter_(text_template(sweep.filter, placeholders)),
      tries_(text_template(sweep.tries, placeholders)) {
  for (const auto& [from, to] : sweep.templates) {
    files_.push_back({text_template(to, placeholders), text_template(read_file(from), placeholders)});
  }
  for (const Template* each : {&command_, &tag_, &directory_, &results_, &filter_, &tries_}) {
    uses_total_ = uses_total_ || each->uses_total();
  }
  // Names of columns may still be to come.
  const bool knows_names = !sweep.header || !columns_.empty();
  if (knows_names && !tries_.is_empty() && !tries_.has_placeholders()) {
    fail_usage(
        fmt::format("--retries {}: expected the tries of a task in all as a whole number, 0 for no limit, or a "
                    "replacement string that gives one, such as {{2}}",
                    shell_quote(printable(sweep.tries))));
  }
}

void SweepTasks::make(TaskSpec& task, const SweepJob& given) {
  // Where the data have a name, that is what the values stand for; only the shell of the task knows it.
  static constexpr std::array<std::string_view, 1> data_name{"$PARALLEL_TMP"};
  SweepJob job = given;
  if (feed_ != PipeOptions::Feed::standard_input) {
    job.values = data_name;
    job.unchanged = 0;
  }
  task.clear();
  task.skip = !command_.render_next(job, last_command_) || !passes_filter(job);
  task.command = last_command_.text;
  for (std::uint32_t i = 0; i < print_quoted_; ++i) task.command = quote_value(task.command);
  if (task.command.size() > longest_command && print_quoted_ == 0) {
    fail_fatal(fmt::format("task {} would be {} bytes long, and a command line can be {} bytes: {}", job.sequence,
                           task.command.size(), longest_command, printable(task.command)));
  }
  if (feed_ != PipeOptions::Feed::standard_input) {
    task.env.emplace_back("PARALLEL_TMP", feed_ == PipeOptions::Feed::file ? "file" : "fifo");
  }
  task.inherits_stdin = job.sequence == 1 && wanted_.stdin_for_first;
  if (wanted_.tags) tag_.render(job, task.tag);
  if (wanted_.values) task.values.assign(job.values.begin(), job.values.end());
  if (for_resident_) task.argv.assign(job.values.begin(), job.values.end());
  if (!results_directory_.empty()) task.results = results_path(job);
  if (!directory_.is_empty()) set_directory(task, job);
  if (!tries_.is_empty()) task.tries = tries_of(job);
  set_files(task, job);
}

std::size_t SweepTasks::command_bytes(const SweepJob& job) const {
  std::string line;
  command_.render(job, line);
  return line.size();
}

bool SweepTasks::passes_filter(const SweepJob& job) const {
  if (filter_.is_empty()) return true;
  std::string condition;
  filter_.render(job, condition);
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

std::string SweepTasks::results_path(const SweepJob& job) const {
  if (!results_.has_placeholders()) return results_directory(results_directory_, columns_, job.values);
  return name_from(results_, job, "--results");
}

bool SweepTasks::checks_names() const {
  return wanted_.output_names == OutputNames::stay && (results_.has_placeholders() || !files_.empty());
}

std::string SweepTasks::name_from(const Template& pattern, const SweepJob& job, std::string_view option) const {
  std::string name;
  pattern.render(job, name);
  if (wanted_.output_names == OutputNames::anywhere || !pattern.has_placeholders()) return name;
  if (const auto trouble = complaint_about_output(in_some_slot(name), pattern.beginning())) {
    fail_fatal(fmt::format("{} of task {}: {}", option, job.sequence, *trouble));
  }
  return name;
}

void SweepTasks::set_directory(TaskSpec& task, const SweepJob& job) const {
  std::string path;
  directory_.render(job, path);
  task.cwd = path.starts_with('/') ? path : launch_dir_ + "/" + path;
  task.files.push_back({task.cwd + "/", {}});
}

std::uint32_t SweepTasks::tries_of(const SweepJob& job) const {
  std::string text;
  tries_.render(job, text);
  if (has_late(text)) {
    fail_fatal(fmt::format("--retries of task {}: the slot is not known before the task starts", job.sequence));
  }
  return tries_from(text);
}

void SweepTasks::set_files(TaskSpec& task, const SweepJob& job) const {
  for (const FileTemplate& file : files_) {
    FileContent content;
    content.path = name_from(file.path, job, "--tmpl");
    file.bytes.render(job, content.bytes);
    task.files.push_back(std::move(content));
  }
}

}  // namespace farm
