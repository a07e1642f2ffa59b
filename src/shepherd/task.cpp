#include "shepherd/task.hpp"

#include <sys/wait.h>

#include <algorithm>
#include <csignal>
#include <utility>

#include "shepherd/memory_watch.hpp"
#include "shepherd/term_sequence.hpp"

namespace farm {
namespace {

// A short task is over before its pipes are ever watched: that saves it four system calls and a wake-up. One that fills
// its pipe at once waits so long, and only once.
constexpr Nanos watch_delay = std::chrono::milliseconds(5);

// What a task leaves behind may hold its pipes open for ever; so long it may still add to the output.
constexpr Nanos drain_patience = std::chrono::milliseconds(100);

// A second of SIGKILLs: what is there then sleeps in the kernel or is not ours to kill, and the attempt ends without
// it.
constexpr std::size_t more_steps = 40;

// However much patience the order has.
TimePoint end_of_grace(const StopOrder& order, TimePoint now) {
  return order.grace < end_of_time - now ? now + std::max(order.grace, Nanos::zero()) : end_of_time;
}

std::string used_of_limit(std::uint64_t used, std::uint64_t limit) {
  constexpr std::uint64_t mebibyte = 1 << 20;
  return "it used " + std::to_string((used + mebibyte - 1) / mebibyte) + " MiB of memory and may use " +
         std::to_string(limit / mebibyte) + " MiB\n";
}

Nanos to_nanos(const timeval& time) {
  return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec);
}

}  // namespace

Task::Task(Poller& poller, const LaunchRequest& request, Started process, TimePoint start, Nanos wall_start,
           const PassOn& pass_on, const std::function<void()>& changed)
    : key_{request.task, request.attempt},
      pid_(process.pid),
      start_(start),
      watch_from_(request.stream_output ? start : start + watch_delay),
      due_(request.timeout > Nanos::zero() ? start + request.timeout : end_of_time),
      out_(
          poller, std::move(process.out), !request.stream_output,
          [pass_on](std::string_view bytes) { pass_on(Stream::out, bytes); }, changed),
      err_(
          poller, std::move(process.err), !request.stream_output,
          [pass_on](std::string_view bytes) { pass_on(Stream::err, bytes); }, changed),
      memory_limit_(request.memory),
      memory_look_(start) {
  outcome_.started = wall_start;
}

void Task::update_watches() {
  const bool wanted = may_read_ && watch_from_ == end_of_time;
  out_.watch(wanted);
  err_.watch(wanted);
}

void Task::allow_reading(bool allowed) {
  may_read_ = allowed;
  update_watches();
}

void Task::consumed(Stream stream, std::size_t bytes) {
  capture(stream).consumed(bytes);
  update_watches();
}

void Task::feed(std::unique_ptr<Feed> feed, Poller& poller, Feed::Broken broken) {
  feed_ = std::move(feed);
  feed_->begin(poller, std::move(broken));
}

void Task::input_failed(const std::string& complaint, TimePoint now, Family& family) {
  if (is_reaped_ || is_stopping_) return;
  err_.add("farm: " + complaint + "\n");
  stop({.cause = Cause::signaled}, now, family);
}

void Task::stop(const StopOrder& order, TimePoint now, Family& family) {
  if (is_stopping_) {
    const bool is_hastened =
        order.signal == SIGKILL ? step_ <= kill_step() : is_in_grace_ && end_of_grace(order, now) < due_;
    if (is_hastened) begin_to_end(order, now, family);
    return;
  }
  if (is_reaped_) return;
  is_stopping_ = true;
  stopped_as_ = order.cause;
  begin_to_end(order, now, family);
}

void Task::begin_to_end(const StopOrder& order, TimePoint now, Family& family) {
  if (order.signal == SIGKILL) step_ = std::max(step_, kill_step());
  if (order.signal == SIGKILL || order.signal == 0) return take_step(now, family);
  is_in_grace_ = true;
  signal_tree(order.signal, family);
  due_ = end_of_grace(order, now);
}

Nanos Task::watch_limits(TimePoint now, Family& family) {
  const std::vector<Process> processes = family.members(pid_, key_);
  if (most_processes_ > 0 && processes.size() > most_processes_) {
    if (!is_stopping_) {
      err_.add("farm: ended, because it had " + std::to_string(processes.size()) + " processes and may have " +
               std::to_string(most_processes_) + " (--task-procs)\n");
    }
    has_too_many_ = true;
    stop({.cause = Cause::signaled, .signal = SIGKILL}, now, family);
    return shortest_look_pause;
  }
  // What multiplies may do so at any moment.
  if (memory_limit_ == 0) return shortest_look_pause;
  const Nanos pause = watch_memory(processes, now, family);
  return most_processes_ > 0 ? shortest_look_pause : pause;
}

Nanos Task::watch_memory(const std::vector<Process>& processes, TimePoint now, Family& family) {
  std::uint64_t used = 0;
  for (const Process& process : processes) used += resident_bytes(process.pid);
  memory_peak_ = std::max(memory_peak_, used);
  if (used > memory_limit_) {
    if (!is_stopping_) err_.add("farm: ended, because " + used_of_limit(used, memory_limit_));
    stop({.cause = Cause::out_of_memory, .signal = SIGKILL}, now, family);
  }
  return next_look_after({.limit = memory_limit_,
                          .used = used,
                          .used_before = std::exchange(memory_seen_, used),
                          .since = now - std::exchange(memory_look_, now)});
}

std::size_t Task::kill_step() const { return (sequence_ ? sequence_->size() : term_sequence.size()) - 1; }

TermStep Task::next_step() {
  const std::size_t number = step_++;
  return sequence_ ? (*sequence_)[std::min(number, sequence_->size() - 1)] : term_step(number);
}

void Task::take_step(TimePoint now, Family& family) {
  is_in_grace_ = false;
  const TermStep step = next_step();
  signal_tree(step.signal, family);
  due_ = now + step.patience;
}

void Task::signal_tree(int signal, Family& family) const {
  // The group gets it at once, however fast it forks, as long as its number cannot have become somebody else's.
  if (!is_reaped_) {
    ::kill(-pid_, signal);
    ::kill(-pid_, SIGCONT);
  }
  // What has survived two rounds is faster than a look.
  const bool multiplies = has_too_many_ || step_ > kill_step() + 2;
  if (signal == SIGKILL && multiplies) return family.kill_members(pid_, key_);
  for (const Process& process : family.members(pid_, key_)) {
    if (!is_reaped_ && process.group == pid_) continue;
    ::kill(process.pid, signal);
    ::kill(process.pid, SIGCONT);
  }
}

void Task::reaped(int status, const rusage& usage, TimePoint now, Family& family) {
  is_reaped_ = true;
  feed_.reset();
  const bool was_signaled = WIFSIGNALED(status);
  outcome_.cause = stopped_as_.value_or(was_signaled ? Cause::signaled : Cause::exited);
  outcome_.code = was_signaled ? WTERMSIG(status) : stopped_as_ ? 0 : WEXITSTATUS(status);
  // Stopped for want of its input and gone on its own: the signal was the reason.
  if (outcome_.cause == Cause::signaled && !was_signaled) outcome_.code = SIGTERM;
  outcome_.dumped_core = was_signaled && WCOREDUMP(status);
  outcome_.usage = {.wall = now - start_,
                    .user = to_nanos(usage.ru_utime),
                    .system = to_nanos(usage.ru_stime),
                    .peak_rss_bytes = std::max(memory_peak_, static_cast<std::uint64_t>(usage.ru_maxrss) * 1024)};
  judge_memory(status);
  if (is_stopping_) {
    look_for_strays(now, family);
  } else {
    begin_draining(now);
  }
}

// The kernel's own killer does not say whom it killed, nor for whose limit.
void Task::judge_memory(int status) {
  if (stopped_as_) {
    if (outcome_.cause == Cause::out_of_memory) outcome_.code = SIGKILL;
    return;
  }
  // What a shell says of a child of its own that was killed.
  constexpr int shells_killed = 128 + SIGKILL;
  const bool was_killed = WIFSIGNALED(status) ? WTERMSIG(status) == SIGKILL : WEXITSTATUS(status) == shells_killed;
  if (!was_killed || !is_near_limit(outcome_.usage.peak_rss_bytes, memory_limit_)) return;
  outcome_.cause = Cause::out_of_memory;
  outcome_.code = SIGKILL;
  err_.add("farm: killed, probably because " + used_of_limit(outcome_.usage.peak_rss_bytes, memory_limit_));
}

void Task::settle_files() {
  if (!files_) return;
  if (succeeded(outcome_)) {
    const std::string complaint = files_->keep();
    if (complaint.empty()) return;
    outcome_.code = 1;
    err_.add("farm: " + complaint + "\n");
  } else {
    err_.add(files_->last_errors(kept_bytes));
  }
  files_->discard();
}

void Task::look_for_strays(TimePoint now, Family& family) {
  const std::size_t last_step = kill_step() + 1 + more_steps;
  if (step_ < last_step && !family.members(pid_, key_).empty()) return;
  is_stopping_ = false;
  begin_draining(now);
}

void Task::begin_draining(TimePoint now) {
  due_ = now + drain_patience;
  watch_from_ = end_of_time;
  if (may_read_) {
    out_.drain();
    err_.drain();
  }
  out_.mark_last();
  err_.mark_last();
  settle_files();
  update_watches();
}

void Task::stop_draining(TimePoint now) {
  due_ = now + drain_patience;
  if (!may_read_) return;
  for (Capture* const stream : {&out_, &err_}) {
    stream->drain();
    if (!stream->is_open() || !stream->has_read_last()) continue;
    stream->close();
    outcome_.left_output_open = true;
  }
  update_watches();
}

TimePoint Task::due() const { return std::min(due_, watch_from_); }

void Task::on_time(TimePoint now, Family& family) {
  if (now >= watch_from_) {
    watch_from_ = end_of_time;
    update_watches();
  }
  if (now < due_) return;
  if (is_stopping_) {
    if (is_reaped_) look_for_strays(now, family);
    if (is_stopping_) take_step(now, family);
  } else if (is_reaped_) {
    stop_draining(now);
  } else {
    stop({.cause = Cause::timed_out}, now, family);
  }
}

}  // namespace farm
