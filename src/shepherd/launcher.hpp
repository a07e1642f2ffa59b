/// Starting and stopping task processes, as the worker sees it: the seam a test replaces to run without processes. The
/// real one is the rank's side of its shepherd (client.hpp). Nothing here blocks.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "farm/ids.hpp"
#include "farm/outcome.hpp"
#include "farm/stream.hpp"
#include "farm/task.hpp"

namespace farm {

struct LaunchRequest {
  TaskId task{};
  Attempt attempt{};
  std::uint32_t slot = 1;         ///< from 1, unique among what runs on this node
  std::string command;            ///< executed directly when it is a plain command, else by the shell
  std::vector<std::string> argv;  ///< when not empty: executed as it is
  std::string cwd;                ///< empty: the directory farm was started in
  std::vector<std::pair<std::string, std::string>> env;  ///< on top of what every task gets
  std::vector<FileRange> stdin_parts;                    ///< none: /dev/null. Part of a regular file each
  bool inherits_stdin = false;     ///< the shepherd's own standard input; under an MPI launcher /dev/null all the same
  std::vector<FileContent> files;  ///< written by the worker before it launches
  Nanos timeout{0};                ///< 0: none
  /// Processors it is bound to, as the kernel numbers them; none: no binding. OMP_NUM_THREADS says how many, unless
  /// `env` does.
  std::vector<std::uint32_t> cpus;
  std::vector<std::string> gpus;  ///< the only ones it is to see, as the drivers' variables name them
  bool hides_gpus = false;        ///< it is to see no other than these, even if these are none
  /// Bytes its processes may have resident together; 0: no limit. Looked at from time to time (memory_watch.hpp): what
  /// is over it for a moment between two looks gets away with it. Pages that several processes share count for each.
  std::uint64_t memory = 0;
  std::string stdin_file;  ///< absolute; empty: as above
  std::string stdin_pipe;  ///< instead of all these: the reading end of a pipe, as a path below /proc; empty: none
  /// Absolute; empty: captured. Written under a temporary name beside it, which becomes this one when the attempt
  /// succeeds and is removed when it does not: of its standard error the last 4 KiB come with the end then. When both
  /// are the same, one file gets both.
  std::string stdout_file;
  std::string stderr_file;
  /// A program that stays: this task is handed to it instead of being run (resident_launcher.hpp). Empty: none.
  std::string resident;
  bool stream_output = false;  ///< pass output on as it comes instead of keeping the first 4 KiB for the end
};

/// What the worker is told. `key` is the (task, attempt) of the request; events of one key come in order: outputs, then
/// exactly one end.
struct LaunchKey {
  TaskId task{};
  Attempt attempt{};
  friend auto operator<=>(const LaunchKey&, const LaunchKey&) = default;
};

/// How an attempt is to be stopped.
struct StopOrder {
  Cause cause = Cause::cancelled;  ///< what its end is to be called
  std::int32_t signal = 0;         ///< sent first; 0: the usual termination sequence from the start
  Nanos grace{0};                  ///< time to act on that signal, before the usual sequence
  friend bool operator==(const StopOrder&, const StopOrder&) = default;
};

class LaunchEvents {
 public:
  virtual ~LaunchEvents() = default;

  /// Bytes of a stream, in order. They count against the task's window until Launcher::consumed() gives them back.
  virtual void output(LaunchKey key, Stream stream, std::string_view bytes) = 0;

  /// The attempt is over and all its output was passed on, but for `out` and `err`: the ends of its two streams, which
  /// are the whole of them when output() was never called. They need no consumed().
  virtual void ended(LaunchKey key, const Outcome& outcome, std::string_view out, std::string_view err) = 0;

  /// The shepherd received this signal for the rank.
  virtual void signalled(int signal) = 0;
};

class Launcher {
 public:
  virtual ~Launcher() = default;

  /// Queues starts, in order. What cannot be started ends with Cause::not_started; so does what cannot be given its
  /// input, because a file cannot be opened or has fewer bytes than asked for (ENODATA). Input that stops coming later
  /// ends the attempt with Cause::signaled and a complaint in its error stream: what it would make of half its input
  /// must not pass for a result.
  virtual void launch(LaunchRequest request) = 0;

  /// Begins to end one attempt; its ended() follows with the order's cause, whatever it does with its time. An attempt
  /// that is being stopped already keeps its cause; an order with less patience than the one it has hastens it. Unknown
  /// keys are ignored: the end may be on its way.
  virtual void stop(LaunchKey key, const StopOrder& order) = 0;

  /// `bytes` of output() were disposed of: the task may produce as much again.
  virtual void consumed(LaunchKey key, Stream stream, std::size_t bytes) = 0;

  /// Queues a sign of life.
  virtual void beat() = 0;

  /// Passes on what is queued, delivers what has arrived to `events`, and returns whether anything had. Throws Error
  /// (fatal) when the shepherd is gone.
  virtual bool turn(LaunchEvents& events) = 0;

  /// Readable when turn() has something to deliver; -1 when there is nothing to wait on (tests).
  virtual int fd() const = 0;

  /// When turn() wants to be called, whatever arrives.
  virtual TimePoint next_due() const { return end_of_time; }

  /// True while turn() could not pass on everything: call again when fd() is writable.
  virtual bool wants_write() const = 0;
};

}  // namespace farm
