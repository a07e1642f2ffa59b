/// Decides which task goes where and when. A value: events and time go in, actions come out; no MPI, clock, file,
/// thread or log. The real master, the simulator and the tests drive the same object.
#pragma once
#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "core/batching.hpp"
#include "core/cluster.hpp"
#include "core/dependencies.hpp"
#include "core/duration_histogram.hpp"
#include "core/estimate.hpp"
#include "core/event.hpp"
#include "core/halt.hpp"
#include "core/health.hpp"
#include "core/median.hpp"
#include "core/ready_queue.hpp"
#include "core/retry.hpp"
#include "core/shape.hpp"
#include "core/shape_watch.hpp"
#include "core/task_map.hpp"
#include "core/task_table.hpp"
#include "core/token_pool.hpp"

namespace farm {

class Scheduler {
 public:
  struct Settings {
    HaltRule halt;
    Nanos delay{0};                           ///< between any two starts
    std::optional<std::uint64_t> total;       ///< tasks in the manifest, where known
    bool delay_grows = false;                 ///< the delay: 1.3 times after a failure, 0.9 times after a success
    std::optional<double> timeout_percent{};  ///< of the median duration of what succeeded
    RetryRule retry_on{};                     ///< for tasks that have none of their own
    Nanos retry_pause{0};                     ///< before a second attempt, growing from there
    TokenCounts tokens{};
    bool gives_up_early = false;     ///< stop when the first tasks all end as if their program was not there
    bool speculates = false;         ///< second attempts for stragglers at the end
    std::optional<TimePoint> end{};  ///< of the allocation
    Nanos grace{0};                  ///< that long before the end what runs is ended
    bool orders_by_weight = false;   ///< tasks differ in priority or expected time: read far ahead to choose well
    bool trusts_workers = false;     ///< a program that is not there is the task's fault, without asking elsewhere
  };

  struct Counters {
    std::uint64_t kept = 0;       ///< succeeded before this start
    std::uint64_t succeeded = 0;  ///< in this start
    std::uint64_t failed = 0;
    std::uint64_t skipped = 0;     ///< never started, because something they wait for failed
    std::uint64_t retried = 0;     ///< attempts that failed or were lost and whose task got another try
    std::uint64_t stale = 0;       ///< reports about attempts that were no longer theirs
    std::uint64_t superseded = 0;  ///< attempts that another one at the same task was faster than
    std::uint64_t too_late = 0;    ///< tasks not started because they would not end before the allocation does
    std::uint64_t out = 0;         ///< attempts handed out and not ended
    std::uint32_t workers = 0;
    std::uint32_t slots = 0;
    std::uint32_t set_aside = 0;  ///< workers that get nothing
  };

  explicit Scheduler(Settings settings, TaskGraph graph = {});

  /// The only way to change anything. Reports about attempts that are not current are counted and dropped.
  Actions apply(const Event& event, TimePoint now);

  /// When a Tick is due; `end_of_time` when none is.
  TimePoint next_due() const;

  /// Whether the worker was given this attempt and has neither ended nor lost it; everything else about it is stale.
  bool is_current(AttemptKey key, Rank worker) const;

  /// All attempts that are out on the worker.
  std::vector<AttemptKey> out_on(Rank worker) const;

  /// Whether this end would be the last word on its task, or the task would get another try. The key must be current.
  bool would_settle(AttemptKey key, const Outcome& outcome) const;

  /// Whether no attempt at it has been begun that came to nothing. False for one that has been settled.
  bool is_untried(TaskId task) const { return is_live(task) && !live_.at(task).avoid && live_.at(task).crashes == 0; }

  /// How much longer than its own limit the task's next attempt may take. 1 for one that has been settled: what is sent
  /// may be out of date by the time it is acted on.
  double timeout_growth(TaskId task) const { return is_live(task) ? live_.at(task).timeout_growth : 1; }

  /// Nothing is out and nothing more will be handed out.
  bool is_finished() const;
  bool is_stopping() const { return mode_ != Mode::running; }
  bool has_read_all() const { return read_all_; }

  const TaskTable& tasks() const { return tasks_; }
  Counters counters() const;
  const DurationEstimate& durations() const { return durations_; }

  /// The shortest of those that are too late, and what it is expected to take; nullopt when none is.
  std::optional<std::pair<TaskId, Nanos>> shortest_too_late() const;

  /// What a task that is expected to take so long must have left before the end of the allocation, to be begun.
  static Nanos time_wanted(Nanos expected);

  /// What Settings::timeout_percent comes to now; nullopt before the first success. Whoever starts a task sees to the
  /// limit there is by then; what has begun before there was one is ended from here.
  std::optional<Nanos> time_limit() const;

  /// Aborts when anything does not add up. For tests; costs as much as there are live tasks.
  void check_invariants() const;

 private:
  enum class Mode { running, draining, stopping };

  struct Live {
    std::uint32_t tries = 1;
    std::uint32_t failures = 0;
    std::uint32_t growths = 0;
    std::uint32_t crashes = 0;
    Attempt next_attempt{};
    ShapeId shape{};
    std::int32_t priority = 0;
    float weight = 0;  // for the order
    float timeout_growth = 1;
    std::uint32_t rule = 0;  // in rules_
    Nanos expected{0};
    Nanos limit{0};
    std::vector<Rank> suspects;       // failed there, maybe for no fault of its own
    bool takes_runs_limit = false;    // it has no timeout of its own
    bool is_doubted = false;          // and has not been tried elsewhere yet
    std::uint64_t doubted_since = 0;  // attempts handed out by then
    std::optional<Rank> avoid;        // where its last attempt failed
    std::array<Seat, 2> seats{};      // of its attempts that are out
    std::uint32_t copies = 0;         // how many these are
  };

  struct Pause {
    TimePoint until;
    TaskId task{};
    friend auto operator<=>(const Pause&, const Pause&) = default;
  };

  // An attempt that began before anybody could tell how long it may take.
  struct Unlimited {
    AttemptKey key;
    Rank worker{};
    TimePoint sent;
  };

  struct Judgement {
    bool settles = false;
    bool confirm = false;  // once more on another worker, before it is the task's fault
    RetryVerdict verdict{};
  };

  enum class Placed { one, none, later };

  void on(const TasksRead& event);
  void on(const WorkerUp& event);
  void on(const WorkerDown& event);
  void on(const AllWorkersKnown& event);
  void on(const AttemptsEnded& event);
  void on(const AttemptsReturned& event);
  void on(const Drain& event);
  void on(const Stop& event);
  void on(const Tick& event);
  void on(const SlotsChanged& event);

  bool is_live(TaskId task) const {
    const TaskState state = tasks_.state(task);
    return state == TaskState::waiting || state == TaskState::ready || state == TaskState::assigned;
  }

  // tasks
  void read(const NewTask& task);
  void admit(TaskId task);
  void enqueue(TaskId task);
  void return_to_queue(TaskId task);
  void settle(TaskId task, const Outcome& outcome);
  void spread(TaskId task, bool succeeded);
  void skip(TaskId task, TaskId because);
  void open_barriers();

  // attempts
  std::optional<Seat> seat_of(AttemptKey key, Rank worker) const;
  Flight leave(AttemptKey key, Seat seat);
  void attempt_ended(AttemptKey key, Seat seat, const Outcome& outcome);
  void superseded_ended(AttemptKey key, Rank worker);
  Judgement judge_end(AttemptKey key, Rank worker, const Outcome& outcome) const;
  void try_again(TaskId task, Rank worker, const Judgement& judgement);
  void lose(const Flight& flight, Rank worker, bool may_be_guilty);
  void supersede_others(TaskId task);
  void learn(const Outcome& outcome, ShapeId shape);

  // workers that fail what succeeds elsewhere
  void note_end(Rank worker, const Outcome& outcome);
  bool ended_at_once(const Outcome& outcome) const;
  bool is_suspicious(const Outcome& outcome, Rank worker) const;
  bool is_racing(Rank worker) const;
  void release_held();
  void close(Rank worker);
  void strike(Rank worker);
  bool would_be_too_many(Rank worker) const;
  bool is_bad(NodeIndex node) const;
  void set_aside(Rank worker);
  void end_probe(Rank worker, bool well);
  bool is_to_be_doubted(const Live& live, const Outcome& outcome, Rank worker) const;
  bool may_ask_elsewhere(Rank worker, ShapeId shape) const;

  // stopping
  void halt(const Halted& why);
  void watch_for_missing_program(const Outcome& outcome);
  void ask_workers_to_stop();
  void preempt();
  void end_the_overdue();

  // handing out
  void hand_out();
  bool may_hand_out() const;
  TimePoint next_start() const;
  void wake();
  void probe(Rank worker);
  void confirm();
  std::optional<Rank> second_opinion(ShapeId id, const Away& away) const;
  std::optional<Away> where_to_ask(const Live& live) const;
  Rank rather(Rank worker, std::optional<Rank> avoid) const;
  bool starts_one_by_one() const;
  bool is_delayed() const;
  std::optional<ShapeId> next_shape();
  TaskId take_first(ShapeId shape);
  Placed place(ShapeId shape, TaskId first);
  Placed place_plain();
  Placed place_one_plain();
  Placed backfill(TaskId first);
  bool ends_before_reservation(TaskId task) const;
  Placed place_shaped(ShapeId shape, TaskId first);
  std::optional<TaskId> pop(ShapeId shape, Nanos wait);
  bool would_end_in_time(TaskId task, Nanos wait) const;
  Nanos expected(const Live& live) const;
  void reconsider_too_late(ShapeId shape);
  Batching batching() const;
  std::uint64_t waiting() const;
  std::size_t fill(Rank worker, std::size_t count, const Batching& policy);
  SendTasks& message_to(Rank worker, Nanos report_within);
  void send(TaskId task, Rank worker, Nanos report_within);
  void reserve_for_the_starving();
  void end_reservation();
  void take_back(Rank worker);
  void rebalance();
  void speculate();
  void give_up_what_never_fits();
  bool has_tokens_in_all(const Shape& shape) const;
  void ask_for_more();
  DurationHistogram& durations_of(ShapeId shape);

  Settings settings_;
  HaltWatch halt_;
  Mode mode_ = Mode::running;
  TimePoint now_{};
  Nanos delay_;                          // as it is now
  std::optional<TimePoint> last_start_;  // of a task
  bool read_all_ = false;
  bool is_behind_kept_ = false;  // a barrier was read, but nothing behind it that is still to be done
  bool is_preempted_ = false;    // the allocation ends
  bool workers_known_ = false;
  std::uint64_t asked_for_ = 0;  // tasks a ReadTasks is out for

  TaskTable tasks_;
  Dependencies dependencies_;
  TaskMap<Live> live_;            // everything that is not settled
  std::vector<RetryRule> rules_;  // the run's, then those of tasks
  ShapeTable shapes_;
  std::vector<DurationHistogram> shape_durations_;
  ReadyQueue ready_;
  ShapeWatch watch_;
  std::uint64_t seen_version_ = 0;          // of the cluster
  std::vector<FreeRoom> freed_rooms_;       // for next_shape() alone
  std::vector<ShapeId> unproven_;           // no node is known that could hold them
  std::uint32_t first_unseen_shape_ = 1;    // not in there yet
  std::set<Pause> paused_;                  // ready, but not yet
  std::vector<TaskId> unconfirmed_;         // ready, but only elsewhere
  std::vector<TaskId> too_late_;            // ready, but not in this allocation
  std::deque<std::vector<TaskId>> fenced_;  // waiting behind barriers, a group each
  std::uint64_t unfenced_ = 0;              // live tasks before the first barrier

  Cluster cluster_;
  TokenPool tokens_;
  std::vector<bool> claimed_tokens_;  // in this round, by tasks that go first
  std::optional<ShapeId> reserved_for_;
  Health health_;
  std::map<Rank, TimePoint> set_aside_;  // until when
  std::set<Rank> on_probation_;          // with one task to prove themselves
  std::set<Rank> held_;                  // fail faster than the others work
  std::uint32_t missing_programs_ = 0;   // at the beginning, one after the other
  std::uint64_t settled_ = 0;

  DurationEstimate durations_;
  MedianEstimate good_seconds_;  // durations of what succeeded
  Counters counters_;
  std::uint64_t handed_out_ = 0;
  std::deque<Unlimited> unlimited_;  // in the order in which they began
  TimePoint straggler_due_{};        // when the next attempt may have become one
  Actions actions_;
  std::vector<std::size_t> sends_;  // by rank: the place in actions_ of what is sent to it, plus one
};

}  // namespace farm
