/// What can be watched of a run. Callbacks come from the thread that runs the master, between two turns of its loop,
/// and must not block: a slow one slows the whole run.
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "farm/ids.hpp"
#include "farm/outcome.hpp"

namespace farm {

/// The run at one moment.
struct RunSnapshot {
  std::optional<std::uint64_t> total;  ///< tasks in the manifest; unknown while a stream is still being read
  std::uint64_t known = 0;             ///< tasks read so far
  std::uint64_t kept = 0;              ///< of these, succeeded in an earlier start
  std::uint64_t skipped =
      0;  ///< of these, not to be run (TaskSpec::skip), or ruled out by a failed task they come after
  std::uint64_t succeeded = 0;   ///< in this start
  std::uint64_t up_to_date = 0;  ///< of these, were not run because what they make was newer than what they read
  std::uint64_t failed = 0;      ///< for good, in this start
  std::uint64_t retried = 0;     ///< attempts that failed or were lost and were given another try
  std::uint64_t running = 0;     ///< handed out and not ended
  std::uint32_t slots = 0;       ///< of all live workers
  std::uint32_t workers = 0;     ///< live worker ranks
  std::chrono::nanoseconds elapsed{0};
  std::chrono::nanoseconds busy{0};                   ///< slot time spent in attempts that ended, over all slots
  std::chrono::nanoseconds slot_time{0};              ///< slots times the time they existed: what busy is compared with
  double tasks_per_second = 0;                        ///< over the last minute or so
  std::optional<std::chrono::nanoseconds> remaining;  ///< expected; absent while nothing is known
  bool stopping = false;                              ///< starts no more tasks
  std::string trouble;                                ///< one line when the run directory cannot be written, else empty
};

/// Tasks that were not started because one they come after failed.
struct SkippedTasks {
  std::string because;  ///< the name of the one that failed, or "task N"
  std::string first;    ///< of those that were not started
  std::uint64_t count = 0;
};

/// How a run ended.
struct RunSummary {
  RunSnapshot last;
  std::optional<std::uint64_t> left;  ///< tasks still to be done; absent when the manifest was not read to its end
  std::string stopped_by;             ///< empty when everything was done; else "SIGINT", "--halt now,fail=1", ...
  std::string run_dir;                ///< empty when it was temporary and has been removed
  bool ephemeral = false;             ///< no state was kept on purpose
  std::optional<Outcome> halted_by;   ///< how the task ended that met the halt rule
  std::vector<SkippedTasks> skipped;  ///< by the task that failed, in their order
  std::vector<std::string>
      set_aside;   ///< workers that got no tasks for a while, because they failed what others did not
  int status = 0;  ///< the exit status the command owes
};

class RunObserver {
 public:
  virtual ~RunObserver() = default;

  /// Every ended attempt. `final` is false when the task gets another try.
  virtual void attempt_ended(TaskId, Attempt, Rank, const Outcome&, bool /*final*/, const std::string& /*command*/) {}

  /// At every turn of the master's loop that changed something, and at least once a second.
  virtual void progressed(const RunSnapshot&) {}

  /// Task output is about to be written to standard output or error, and has been. `line_open`: it did not end a line.
  virtual void before_output() {}
  virtual void after_output(bool /*line_open*/) {}

  /// One line the user should see now: a worker was lost, the disk is full, ...
  virtual void notice(const std::string& /*line*/) {}

  /// The run is over, and nothing else will be called. The other ranks may not have left yet, and under a launcher that
  /// ends the job there may not be time for anything later.
  virtual void ended(const RunSummary& /*summary*/) {}
};

}  // namespace farm
