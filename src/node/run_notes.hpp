/// What the user is told of decisions, as they are made and in the summary: why the run stops, which workers were set
/// aside, which tasks were not started, what fits nowhere. Knows nothing of how things are decided; tasks come to it as
/// they may be shown.
#pragma once
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/event.hpp"
#include "farm/observer.hpp"
#include "farm/task.hpp"

namespace farm {

/// What is known of a worker.
struct WorkerInfo {
  std::string host;
  std::string resources;  ///< of its node, in words
};

class RunNotes {
 public:
  explicit RunNotes(RunObserver& observer) : observer_(observer) {}

  /// `why` is for the summary; the first one counts.
  void stopped(const std::string& why);
  bool is_stopped() const { return !stopped_by_.empty(); }

  void worker_joined(Rank worker, WorkerInfo info) { workers_[worker] = std::move(info); }
  void worker_lost(Rank worker, const std::string& why);
  void worker_set_aside(const WorkerSetAside& aside);
  void worker_back(Rank worker);

  void task_failed(TaskId task, const TaskSpec& spec);
  void task_skipped(TaskId task, const TaskSpec& spec, TaskId because);
  void task_given_up(TaskId task, const TaskSpec& spec);
  /// `tasks` that would not have ended before the allocation does; the shortest of them, and what it would have taken.
  /// `whole`: how long the allocation is, where not even all of it is enough: then another one like it is no help.
  void too_late(std::uint64_t tasks, const TaskSpec& spec, const std::pair<TaskId, Nanos>& shortest,
                std::optional<Nanos> whole);

  using SpecOf = std::function<TaskSpec(TaskId)>;
  /// `is_first`: nothing had been started, and nothing will.
  void halted(const Halted& halt, const SpecOf& spec_of, bool is_first);

  /// Of all workers that have joined or were lost.
  const std::map<Rank, WorkerInfo>& workers() const { return workers_; }
  const std::string& host_of(Rank worker) const;
  bool is_refused() const { return is_refused_; }
  bool gave_up() const { return gave_up_; }
  const std::optional<Halted>& halted_by_rule() const { return halted_; }

  void add_to(RunSummary& summary) const;

  /// The reason that is given where the time is over.
  static constexpr const char* end_of_allocation = "the end of the allocation";

 private:
  std::string name_of(Rank worker) const;
  void tell_what_does_not_fit(const Misfit& misfit, const TaskSpec& spec);

  RunObserver& observer_;
  std::map<Rank, WorkerInfo> workers_;
  std::string stopped_by_;
  std::optional<Halted> halted_;
  bool is_refused_ = false;
  bool gave_up_ = false;                    // what is left would end no better
  std::map<TaskId, std::string> failed_;    // names of those that failed
  std::map<TaskId, SkippedTasks> skipped_;  // by the one that failed
  std::set<std::string> set_aside_;         // names of workers
};

}  // namespace farm
