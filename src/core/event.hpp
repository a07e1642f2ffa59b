/// What goes into the scheduler and what comes out of it. Plain values: a test, the simulator and the real master speak
/// to it in exactly these.
#pragma once
#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "core/grant.hpp"
#include "farm/ids.hpp"
#include "farm/needs.hpp"
#include "farm/outcome.hpp"

namespace farm {

/// One attempt at one task; what makes a message about it recognisable when it is late or repeated.
struct AttemptKey {
  TaskId task{};
  Attempt attempt{};
  friend auto operator<=>(const AttemptKey&, const AttemptKey&) = default;
};

// --- events ---------------------------------------------------------------------------------------------------------

struct NewTask {
  TaskId task{};                  ///< the ordinal after the one read before it
  std::uint32_t tries = 1;        ///< attempts in all, 0 without limit
  bool succeeded_before = false;  ///< and took `expected`, as far as that is known
  bool after_barrier = false;
  bool goes_first = false;  ///< was cut short by the end of an earlier allocation
  std::int32_t priority = 0;
  Nanos expected{0};             ///< how long it will take, as far as anybody knows; 0: unknown
  bool is_measured = false;      ///< that is from an earlier run: small differences are chance
  std::optional<Nanos> limit{};  ///< its timeout; 0: none, unset: the run's. What has no expectation takes no longer
  Needs needs{};
  std::optional<RetryRule> retry_on{};  ///< unset: the run's
};

/// The answer to ReadTasks, or to nothing in particular: a stream brings tasks when it likes.
struct TasksRead {
  std::vector<NewTask> tasks;
  bool end = false;  ///< no more will come
};

/// What a node has for all its workers together.
struct Capacity {
  std::uint32_t cpus = 0;
  std::uint32_t gpus = 0;
  std::uint64_t memory = 0;  ///< bytes; 0: not known, and then never too little
};

struct WorkerUp {
  Rank worker{};
  std::uint32_t slots = 1;
  std::optional<std::uint32_t> node{};  ///< the same for all workers of a node; unset: it is alone there
  Capacity capacity{};                  ///< of the node; what its first worker says counts
};

/// Nothing will come from it any more; what it had is to be done again.
struct WorkerDown {
  Rank worker{};
};

/// It has so many slots from now on, maybe none; what it runs goes on.
struct SlotsChanged {
  Rank worker{};
  std::uint32_t slots = 0;
};

/// All workers there will be have come.
struct AllWorkersKnown {};

struct AttemptResult {
  AttemptKey key;
  Outcome outcome;
};

/// What one message of a worker reported.
struct AttemptsEnded {
  Rank worker{};
  std::vector<AttemptResult> results;
};

/// The answer to TakeBack: these were never started, and may be handed out again under the same number.
struct AttemptsReturned {
  Rank worker{};
  std::vector<AttemptKey> keys;
};

/// Start nothing more, let what runs end.
struct Drain {};

/// End what runs, too.
struct Stop {};

/// The time that next_due() gave has come.
struct Tick {};

using Event = std::variant<TasksRead, WorkerUp, WorkerDown, AllWorkersKnown, AttemptsEnded, AttemptsReturned, Drain,
                           Stop, Tick, SlotsChanged>;

// --- actions --------------------------------------------------------------------------------------------------------

/// Read on until `count` more tasks are known, or the end.
struct ReadTasks {
  std::uint64_t count = 0;
};

struct SendTasks {
  Rank worker{};
  std::vector<AttemptKey> keys;
  Nanos report_within{0};     ///< how long the worker may hold a result back while it still has work queued
  std::vector<Grant> grants;  ///< empty when all are plain tasks, else one for each key
};

/// The worker is to return what it has not started. It answers, even if that is nothing.
struct TakeBack {
  Rank worker{};
};

/// The worker is to end what it runs and return the rest.
struct StopWorker {
  Rank worker{};
};

/// The worker is to end these attempts, or return them where it has not started them.
struct StopAttempts {
  Rank worker{};
  std::vector<AttemptKey> keys;
  Cause cause = Cause::cancelled;  ///< or preempted, or timed_out
};

/// The last word on a task.
struct TaskSettled {
  TaskId task{};
  bool succeeded = false;
  std::optional<TaskId> skipped_for{};  ///< it was never started, because this one failed
};

/// The task was running on `most_crashes` workers when they were lost; it fails. TaskSettled follows.
struct Poisoned {
  AttemptKey key;  ///< the last attempt
  Rank worker{};
};

/// The worker fails what succeeds elsewhere and gets nothing for `time`, then one task to prove itself.
struct WorkerSetAside {
  Rank worker{};
  std::uint32_t tasks = 0;  ///< that failed there and succeeded elsewhere
  Nanos time{0};
};

/// It has proved itself.
struct WorkerBack {
  Rank worker{};
};

/// A task that fits no node.
struct Misfit {
  TaskId task{};
  std::optional<Rank> nearest{};  ///< a worker of the node that comes nearest to what it needs; unset: tokens are short
};

/// The run stops, because of how tasks end or of what they need.
struct Halted {
  enum class Why {
    rule,            ///< the halt rule was met
    nothing_found,   ///< the first tasks all ended as if their program was not there
    many_bad_nodes,  ///< so many workers would have to be set aside that it must be the tasks
    does_not_fit,    ///< what is left needs more than any node has
  };
  bool on_success = false;
  Outcome outcome{};  ///< of the task that met it
  Why why = Why::rule;
  std::vector<Misfit> misfits{};  ///< the first of each kind, in the order in which they would have been started
};

using Action = std::variant<ReadTasks, SendTasks, TakeBack, StopWorker, StopAttempts, TaskSettled, Poisoned,
                            WorkerSetAside, WorkerBack, Halted>;
using Actions = std::vector<Action>;

}  // namespace farm
