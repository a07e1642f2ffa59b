/// What goes into the scheduler and what comes out of it. Plain values: a test, the simulator and the real master speak
/// to it in exactly these.
#pragma once
#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "farm/ids.hpp"
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
  TaskId task{};            ///< the ordinal after the one read before it
  std::uint32_t tries = 1;  ///< attempts in all, 0 without limit
  bool succeeded_before = false;
  bool after_barrier = false;
};

/// The answer to ReadTasks, or to nothing in particular: a stream brings tasks when it likes.
struct TasksRead {
  std::vector<NewTask> tasks;
  bool end = false;  ///< no more will come
};

struct WorkerUp {
  Rank worker{};
  std::uint32_t slots = 1;
};

/// Nothing will come from it any more; what it had is to be done again.
struct WorkerDown {
  Rank worker{};
};

struct AttemptResult {
  AttemptKey key;
  Outcome outcome;
};

/// What one message of a worker reported.
struct AttemptsEnded {
  Rank worker{};
  std::vector<AttemptResult> results;
};

/// The answer to TakeBack: these were never started.
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

using Event = std::variant<TasksRead, WorkerUp, WorkerDown, AttemptsEnded, AttemptsReturned, Drain, Stop, Tick>;

// --- actions --------------------------------------------------------------------------------------------------------

/// Read on until `count` more tasks are known, or the end.
struct ReadTasks {
  std::uint64_t count = 0;
};

struct SendTasks {
  Rank worker{};
  std::vector<AttemptKey> keys;
  Nanos report_within{0};  ///< how long the worker may hold a result back while it still has work queued
};

/// The worker is to return what it has not started.
struct TakeBack {
  Rank worker{};
};

/// The worker is to end what it runs and return the rest.
struct StopWorker {
  Rank worker{};
};

/// The last word on a task.
struct TaskSettled {
  TaskId task{};
  bool succeeded = false;
};

/// The halt rule was met: the run stops.
struct Halted {
  bool on_success = false;
  Outcome outcome;  ///< of the task that met it
};

using Action = std::variant<ReadTasks, SendTasks, TakeBack, StopWorker, TaskSettled, Halted>;
using Actions = std::vector<Action>;

}  // namespace farm
