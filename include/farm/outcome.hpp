/// How one attempt at a task ended and what it used. A failure is a value like any other; nothing here throws.
#pragma once
#include <chrono>
#include <cstdint>

namespace farm {

enum class Cause : std::uint8_t {
  exited,     ///< `code` is the exit status
  signaled,   ///< `code` is the signal that ended it
  timed_out,  ///< ended by farm because its time was over; `code` is the signal that did it, 0 if it exited on its own
              ///< then
  not_started,    ///< the program could not be executed; `code` is the errno
  cancelled,      ///< ended by farm because the run stops; the task is still to be done
  lost,           ///< its worker went away; nothing is known of its end, the task is still to be done
  out_of_memory,  ///< ended by farm or, probably, by the kernel because it used more than it asked for; `code` is the
                  ///< signal
  preempted,      ///< ended by farm because the allocation ends; the task is still to be done, and first; `code` is the
                  ///< signal that did it, 0 if it exited on its own then
};

inline constexpr Cause last_cause = Cause::preempted;

struct Usage {
  std::chrono::nanoseconds wall{0};  ///< from just before exec to the moment it was reaped
  std::chrono::nanoseconds user{0};  ///< processor time of the task and the children it waited for
  std::chrono::nanoseconds system{0};
  /// Of the largest single process in it, as the kernel counts (getrusage(2)); when its memory was limited, of all its
  /// processes together at one moment, as far as farm saw it, if that is more.
  std::uint64_t peak_rss_bytes = 0;
};

struct Outcome {
  Cause cause = Cause::lost;
  std::int32_t code = 0;
  bool dumped_core = false;
  bool left_output_open =
      false;                ///< a process it left behind still held its stdout or stderr; what came later was not read
  bool up_to_date = false;  ///< nothing was run: what it makes was there, and newer than what it reads (`--by-mtime`)
  std::chrono::nanoseconds started{0};  ///< wall-clock time since the epoch, 0 when it never started
  Usage usage;
};

inline bool succeeded(const Outcome& outcome) { return outcome.cause == Cause::exited && outcome.code == 0; }

/// What a shell would put into `$?`: the exit status, 128 + signal, 124 after a timeout, 127 or 126 when it could not
/// be started, and 255 when its end is unknown.
int exit_status(const Outcome& outcome);

/// The name of the enumerator, as it stands in the journal.
const char* cause_name(Cause cause);

}  // namespace farm
