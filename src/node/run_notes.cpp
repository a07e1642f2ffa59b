#include "node/run_notes.hpp"

#include <fmt/format.h>

#include "base/needs_text.hpp"
#include "base/units.hpp"
#include "core/retry.hpp"

namespace farm {
namespace {

// Who asked for more than that has one mistake in a template, not thousands.
constexpr std::size_t most_misfits_named = 20;

std::string label_of(TaskId task, const TaskSpec& spec) {
  return spec.name.empty() ? fmt::format("task {}", value(task) + 1) : spec.name;
}

}  // namespace

void RunNotes::stopped(const std::string& why) {
  if (stopped_by_.empty()) stopped_by_ = why;
}

void RunNotes::worker_lost(Rank worker, const std::string& why) {
  workers_[worker];
  observer_.notice(fmt::format("{} is lost ({}); what it ran goes back to the queue", name_of(worker), why));
}

void RunNotes::worker_set_aside(const WorkerSetAside& aside) {
  const std::string why = aside.tasks == 0 ? "its neighbours on that node fail what succeeds elsewhere"
                          : aside.tasks == 1
                              ? "a task failed there that succeeded elsewhere"
                              : fmt::format("{} tasks failed there that succeeded elsewhere", aside.tasks);
  observer_.notice(
      fmt::format("{} gets no more tasks for {}: {}", name_of(aside.worker), format_duration(aside.time), why));
  set_aside_.insert(name_of(aside.worker));
}

void RunNotes::worker_back(Rank worker) {
  observer_.notice(fmt::format("{} gets tasks again: the one it was tried with ended well", name_of(worker)));
}

void RunNotes::task_failed(TaskId task, const TaskSpec& spec) { failed_[task] = label_of(task, spec); }

void RunNotes::task_skipped(TaskId task, const TaskSpec& spec, TaskId because) {
  SkippedTasks& skipped = skipped_[because];
  if (skipped.count++ > 0) return;
  skipped.first = label_of(task, spec);
  skipped.because = failed_[because];
}

void RunNotes::task_given_up(TaskId task, const TaskSpec& spec) {
  observer_.notice(
      fmt::format("{} is given up: {} workers were lost while it ran", label_of(task, spec), most_crashes));
}

void RunNotes::too_late(std::uint64_t tasks, const TaskSpec& spec, const std::pair<TaskId, Nanos>& shortest,
                        std::optional<Nanos> whole) {
  stopped(end_of_allocation);
  const std::string what = tasks == 1 ? fmt::format("{} was not begun: it", label_of(shortest.first, spec))
                                      : fmt::format("{} tasks were not begun: even the shortest of them, {},", tasks,
                                                    label_of(shortest.first, spec));
  observer_.notice(fmt::format(
      "{} is expected to take {} by its last time, its cost, its like or its timeout, and {}", what,
      format_duration(shortest.second),
      whole ? fmt::format("the whole allocation is no more than {}: ask for a longer one", format_duration(*whole))
            : "less was left"));
  gave_up_ = gave_up_ || whole;
}

void RunNotes::halted(const Halted& halt, const SpecOf& spec_of, bool is_first) {
  gave_up_ = halt.why != Halted::Why::rule;
  switch (halt.why) {
    case Halted::Why::rule:
      halted_ = halt;
      return stopped("--halt");
    case Halted::Why::nothing_found:
      return stopped("the first tasks, none of which found its program (--keep-going goes on all the same)");
    case Halted::Why::many_bad_nodes:
      return stopped("tasks that fail on many workers and succeed on others");
    case Halted::Why::does_not_fit:
      is_refused_ = is_first;
      for (std::size_t i = 0; i < halt.misfits.size() && i < most_misfits_named; ++i) {
        tell_what_does_not_fit(halt.misfits[i], spec_of(halt.misfits[i].task));
      }
      if (halt.misfits.size() > most_misfits_named) {
        observer_.notice(fmt::format("and {} other kinds of tasks", halt.misfits.size() - most_misfits_named));
      }
      observer_.notice(fmt::format("{}; where nodes have more than that, say so: --node-cpus, --node-mem, --node-gpus",
                                   is_refused_ ? "nothing was run" : "nothing more is started"));
      return stopped("what fits no node");
  }
}

void RunNotes::tell_what_does_not_fit(const Misfit& misfit, const TaskSpec& spec) {
  const std::string place = spec.place.empty() ? "" : spec.place + ": ";
  const std::string problem =
      fmt::format("{}{} needs {}, ", place, label_of(misfit.task, spec), format_needs(spec.needs));
  if (!misfit.nearest) {
    return observer_.notice(problem + "which is more than there are in all (--token NAME=COUNT)");
  }
  const WorkerInfo& nearest = workers_.at(*misfit.nearest);
  observer_.notice(
      fmt::format("{}and no node has that; {} comes nearest with {}", problem, nearest.host, nearest.resources));
}

const std::string& RunNotes::host_of(Rank worker) const {
  static const std::string unknown;
  const auto known = workers_.find(worker);
  return known == workers_.end() ? unknown : known->second.host;
}

std::string RunNotes::name_of(Rank worker) const {
  const std::string& host = host_of(worker);
  return fmt::format("worker rank {}{}", value(worker), host.empty() ? "" : " on " + host);
}

void RunNotes::add_to(RunSummary& summary) const {
  summary.stopped_by = stopped_by_;
  if (halted_) summary.halted_by = halted_->outcome;
  for (const auto& [task, skipped] : skipped_) summary.skipped.push_back(skipped);
  summary.set_aside.assign(set_aside_.begin(), set_aside_.end());
}

}  // namespace farm
