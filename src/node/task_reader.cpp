#include "node/task_reader.hpp"

#include <fmt/format.h>

#include <limits>
#include <utility>

#include "base/text.hpp"
#include "farm/error.hpp"

namespace farm {
namespace {

std::string place_of_needs(const TaskSource& source, const Needs& needs) {
  const std::string_view key = needs.cpus > 0 ? "cpus" : needs.memory > 0 ? "mem" : needs.gpus > 0 ? "gpus" : "tokens";
  const Complaint place = source.complaint(key, 0, "");
  return place.file.empty() ? "" : fmt::format("{}:{}:{}", printable(place.file), place.line, place.column);
}

}  // namespace

TaskReader::TaskReader(TaskSource& source, Journal& journal, Printer& printer, const RunOptions& options,
                       Knowledge knowledge)
    : source_(source), journal_(journal), printer_(printer), options_(options), knowledge_(std::move(knowledge)) {}

std::optional<TasksRead> TaskReader::read() {
  waits_for_source_ = false;
  if (wanted_ == 0) return std::nullopt;
  TasksRead event;
  const std::uint64_t batch = std::exchange(wanted_, 0);
  for (std::uint64_t i = 0; i < batch && !event.end && !waits_for_source_; ++i) read_one(event);
  wanted_ = event.end ? 0 : batch - event.tasks.size();
  if (event.tasks.empty() && !event.end) return std::nullopt;
  return event;
}

void TaskReader::read_one(TasksRead& event) {
  TaskSpec spec;
  try {
    switch (source_.next(spec)) {
      case TaskSource::Next::later:
        waits_for_source_ = true;
        return;
      case TaskSource::Next::end:
        event.end = true;
        return;
      case TaskSource::Next::task:
        break;
    }
  } catch (const Error& error) {
    // What was read is good and goes on; only the rest of the manifest is lost to this start.
    error_ = error.what();
    event.end = true;
    return;
  }
  if (!spec.needs.is_plain()) spec.place = place_of_needs(source_, spec.needs);
  const TaskId task{known_++};
  const bool kept = !spec.skip && knowledge_.is_kept && knowledge_.is_kept(task, spec);
  const bool logged = !kept && knowledge_.is_logged && knowledge_.is_logged(task, spec);
  if (spec.skip) ++skipped_;
  if (kept || logged || spec.skip) {
    event.tasks.push_back({.task = task,
                           .succeeded_before = true,
                           .after_barrier = spec.after_barrier,
                           .expected = kept ? last_duration(task, spec) : Nanos::zero()});
    keep(task, kept && knowledge_.record_kept);
  } else {
    event.tasks.push_back(describe(task, spec));
    specs_.emplace(task, std::move(spec));
  }
}

Nanos TaskReader::last_duration(TaskId task, const TaskSpec& spec) const {
  return knowledge_.last_duration ? knowledge_.last_duration(task, spec) : Nanos::zero();
}

NewTask TaskReader::describe(TaskId task, const TaskSpec& spec) const {
  Nanos expected = last_duration(task, spec);
  const bool is_measured = expected > Nanos::zero();
  if (!is_measured) expected = spec.cost.value_or(Nanos::zero());
  constexpr auto lowest_priority = std::numeric_limits<std::int32_t>::min();
  const auto suspicion = knowledge_.suspicion ? knowledge_.suspicion(task) : std::nullopt;
  return {.task = task,
          .tries = spec.tries.value_or(options_.tries),
          .after_barrier = spec.after_barrier,
          .goes_first = knowledge_.was_preempted && knowledge_.was_preempted(task),
          .priority = suspicion ? lowest_priority + *suspicion : spec.priority,
          .expected = expected,
          .is_measured = is_measured,
          .limit = spec.timeout ? spec.timeout : options_.timeout,
          .needs = spec.needs,
          .retry_on = spec.retry_on};
}

void TaskReader::keep(TaskId task, bool record) {
  printer_.skip(task);
  if (!record) return;
  if (kept_ && next(kept_->last) == task) {
    kept_->last = task;
    return;
  }
  if (kept_) journal_.append(*kept_);
  kept_ = TasksKept{task, task};
}

void TaskReader::settled(TaskId task) {
  specs_.erase(task);
  source_.settled(value(task));
}

bool TaskReader::goes_by_files(TaskId task) const {
  return options_.by_mtime && !(knowledge_.was_left_unfinished && knowledge_.was_left_unfinished(task));
}

void TaskReader::write_down() {
  if (kept_) journal_.append(*std::exchange(kept_, std::nullopt));
}

}  // namespace farm
