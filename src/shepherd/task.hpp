/// One attempt from its start to its end: running, being stopped, or over but for output that is still in its pipes. It
/// decides when it has ended; who is told and when the clock is looked at is the shepherd's business.
#pragma once
#include <sys/resource.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/poller.hpp"
#include "farm/outcome.hpp"
#include "shepherd/capture.hpp"
#include "shepherd/feed.hpp"
#include "shepherd/launch.hpp"
#include "shepherd/launcher.hpp"
#include "shepherd/output_files.hpp"
#include "shepherd/process_tree.hpp"
#include "shepherd/protocol.hpp"
#include "shepherd/term_sequence.hpp"

namespace farm {

class Task {
 public:
  using PassOn = std::function<void(Stream stream, std::string_view bytes)>;

  /// `process` was started for `request` at `start`. `changed` runs after output was read, outside of all other calls.
  Task(Poller& poller, const LaunchRequest& request, Started process, TimePoint start, Nanos wall_start,
       const PassOn& pass_on, const std::function<void()>& changed);

  LaunchKey key() const { return key_; }
  pid_t pid() const { return pid_; }

  /// Whether its pipes may be read, as far as their windows have room.
  void allow_reading(bool allowed);
  void consumed(Stream stream, std::size_t bytes);

  /// Its input, which goes on until its first process has ended. `broken` as for Feed.
  void feed(std::unique_ptr<Feed> feed, Poller& poller, Feed::Broken broken);

  /// Its input is not what it was to be: ends it, and says why in its error stream.
  void input_failed(const std::string& complaint, TimePoint now, Family& family);

  /// Its output goes there, and gets its name when the attempt succeeds.
  void write_to(std::unique_ptr<OutputFiles> files) { files_ = std::move(files); }

  /// As Launcher::stop(). Without effect once its first process has ended.
  void stop(const StopOrder& order, TimePoint now, Family& family);

  /// It may have so many processes at a time. Neither RLIMIT_NPROC, which counts all that the user has on the machine
  /// and lets root have any number, nor a control group, which few may make, would do.
  void limit_processes(std::size_t most) { most_processes_ = most; }

  /// True while its memory or its processes are limited and may still grow.
  bool has_limits_to_watch() const {
    return (memory_limit_ > 0 || most_processes_ > 0) && (!is_reaped_ || is_stopping_);
  }

  /// Looks at all its processes, ends them when they are too many or take too much memory, and says when to look again.
  Nanos watch_limits(TimePoint now, Family& family);

  /// How it is to be ended, instead of as usual. Before stop().
  void set_term_sequence(std::shared_ptr<const std::vector<TermStep>> sequence) { sequence_ = std::move(sequence); }

  /// Its first process has ended.
  void reaped(int status, const rusage& usage, TimePoint now, Family& family);

  /// When on_time() wants to be called; `end_of_time` when only events matter.
  TimePoint due() const;
  void on_time(TimePoint now, Family& family);

  /// True while processes other than the first are waited for: some child's end may have been theirs.
  bool is_waiting_for_strays() const { return is_reaped_ && is_stopping_; }
  void look_for_strays(TimePoint now, Family& family);

  /// True when nothing of it is left to wait for.
  bool is_over() const { return is_reaped_ && !is_stopping_ && !out_.is_open() && !err_.is_open(); }

  /// Its views hold as long as the task.
  TaskEnded ended() const { return {key_, outcome_, out_.kept(), err_.kept()}; }

 private:
  Capture& capture(Stream stream) { return stream == Stream::out ? out_ : err_; }
  void update_watches();
  void begin_to_end(const StopOrder& order, TimePoint now, Family& family);
  std::size_t kill_step() const;  // the last of its sequence
  TermStep next_step();
  void take_step(TimePoint now, Family& family);
  Nanos watch_memory(const std::vector<Process>& processes, TimePoint now, Family& family);
  void judge_memory(int status);
  void settle_files();
  void signal_tree(int signal, Family& family) const;
  void begin_draining(TimePoint now);
  void stop_draining(TimePoint now);

  LaunchKey key_;
  pid_t pid_;
  TimePoint start_;
  TimePoint watch_from_;
  TimePoint due_;
  std::unique_ptr<Feed> feed_;
  std::unique_ptr<OutputFiles> files_;
  Capture out_;
  Capture err_;
  bool may_read_ = true;
  bool is_reaped_ = false;
  bool is_stopping_ = false;
  std::optional<Cause> stopped_as_;
  bool is_in_grace_ = false;  // before the steps
  std::size_t step_ = 0;
  std::size_t most_processes_ = 0;
  bool has_too_many_ = false;
  std::uint64_t memory_limit_;
  std::uint64_t memory_seen_ = 0;
  std::uint64_t memory_peak_ = 0;
  TimePoint memory_look_;
  std::shared_ptr<const std::vector<TermStep>> sequence_;  // nullptr: the usual one
  Outcome outcome_;
};

}  // namespace farm
