/// Decides which task goes where and when. A value: events and time go in, actions come out; no MPI, clock, file,
/// thread or log. The real master, the simulator and the tests drive the same object.
#pragma once
#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <unordered_map>
#include <vector>

#include "core/batching.hpp"
#include "core/estimate.hpp"
#include "core/event.hpp"
#include "core/halt.hpp"
#include "core/median.hpp"
#include "core/task_table.hpp"

namespace farm {

class Scheduler {
 public:
  struct Settings {
    HaltRule halt;
    Nanos delay{0};                           ///< between any two starts
    std::optional<std::uint64_t> total;       ///< tasks in the manifest, where known
    bool delay_grows = false;                 ///< the delay: 1.3 times after a failure, 0.9 times after a success
    std::optional<double> timeout_percent{};  ///< of the median duration of what succeeded
  };

  struct Counters {
    std::uint64_t kept = 0;       ///< succeeded before this start
    std::uint64_t succeeded = 0;  ///< in this start
    std::uint64_t failed = 0;
    std::uint64_t retried = 0;  ///< attempts that failed or were lost and whose task got another try
    std::uint64_t stale = 0;    ///< reports about attempts that were no longer theirs
    std::uint64_t out = 0;      ///< attempts handed out and not ended
    std::uint32_t workers = 0;
    std::uint32_t slots = 0;
  };

  explicit Scheduler(Settings settings);

  /// The only way to change anything. Reports about attempts that are not current are counted and dropped.
  Actions apply(const Event& event, TimePoint now);

  /// When a Tick is due; `end_of_time` when none is.
  TimePoint next_due() const;

  /// Whether this attempt is the one the worker was given last; everything else about it is stale.
  bool is_current(AttemptKey key, Rank worker) const;

  /// Whether this end would be the last word on its task, or the task would get another try. The key must be current.
  bool would_settle(AttemptKey key, const Outcome& outcome) const;

  /// Nothing is out and nothing more will be handed out.
  bool is_finished() const;
  bool is_stopping() const { return mode_ != Mode::running; }
  bool has_read_all() const { return read_all_; }

  const TaskTable& tasks() const { return tasks_; }
  Counters counters() const;
  const DurationEstimate& durations() const { return durations_; }

  /// What Settings::timeout_percent comes to now; nullopt before the first success.
  std::optional<Nanos> time_limit() const;

  /// Aborts when anything does not add up. For tests; costs as much as there are live tasks.
  void check_invariants() const;

 private:
  enum class Mode { running, draining, stopping };

  struct Live {
    std::uint32_t tries = 1;
    std::uint32_t failures = 0;
    Attempt next_attempt{};
    Rank worker{};             // while assigned
    std::size_t position = 0;  // in the worker's list, while assigned
  };

  struct Worker {
    bool up = false;
    std::uint32_t slots = 0;
    std::vector<TaskId> tasks;
  };

  void on(const TasksRead& event);
  void on(const WorkerUp& event);
  void on(const WorkerDown& event);
  void on(const AttemptsEnded& event);
  void on(const AttemptsReturned& event);
  void on(const Drain& event);
  void on(const Stop& event);
  void on(const Tick& event);

  void attempt_ended(AttemptKey key, const Outcome& outcome);
  void learn(const Outcome& outcome);
  void settle(TaskId task, const Outcome& outcome);
  void halt(const Outcome& outcome);
  void ask_workers_to_stop();
  void take_from_worker(TaskId task);
  void put_back(std::vector<TaskId> tasks);

  void open_barrier();
  void hand_out();
  void hand_out_one_by_one();
  void hand_out_batches();
  bool may_hand_out() const;
  TimePoint next_start() const;
  Batching batching() const;
  void assign(Rank worker, std::size_t count, Nanos report_within);
  void ask_for_more();

  Worker& worker_of(Rank rank);
  double load(const Worker& worker) const;
  void place(Rank rank, const Worker& worker);
  void unplace(Rank rank, const Worker& worker);

  Settings settings_;
  HaltWatch halt_;
  Mode mode_ = Mode::running;
  TimePoint now_{};
  Nanos delay_;                          // as it is now
  std::optional<TimePoint> last_start_;  // of a task
  bool read_all_ = false;
  std::uint64_t asked_for_ = 0;  // tasks a ReadTasks is out for

  TaskTable tasks_;
  std::unordered_map<TaskId, Live> live_;      // everything ready or assigned
  std::deque<TaskId> ready_;                   // next to go first
  std::deque<std::deque<TaskId>> fenced_;      // groups of ready tasks behind barriers
  std::vector<Worker> workers_;                // by rank
  std::set<std::pair<double, Rank>> by_load_;  // live workers, the emptiest first
  DurationEstimate durations_;
  MedianEstimate good_seconds_;  // durations of what succeeded
  Counters counters_;
  Actions actions_;
};

}  // namespace farm
