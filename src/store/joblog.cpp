#include "store/joblog.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "base/text.hpp"
#include "farm/error.hpp"

namespace farm {
namespace {

UniqueFd open_log(const std::string& path, Joblog::How how) {
  const int fresh = how == Joblog::How::overwrite ? O_TRUNC : 0;
  UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY | fresh, 0666));
  if (!fd) fail_usage(fmt::format("--joblog {}: it cannot be written: {}", printable(path), error_text(errno)));
  return fd;
}

// Where the last whole line ends. A run that was killed while it wrote leaves part of one, which must not become the
// start of the next.
off_t end_of_lines(int fd) {
  const off_t size = ::lseek(fd, 0, SEEK_END);
  char byte = '\n';
  for (off_t end = size; end > 0; --end) {
    if (::pread(fd, &byte, 1, end - 1) != 1 || byte == '\n') return end;
  }
  return 0;
}

bool is_empty(int fd) {
  struct stat status {};
  return ::fstat(fd, &status) == 0 && status.st_size == 0;
}

}  // namespace

JobEntry job_entry(TaskId task, std::string host, const Outcome& outcome, std::uint64_t received_bytes,
                   std::string command) {
  JobEntry entry{.seq = value(task) + 1,
                 .host = std::move(host),
                 .started = outcome.started,
                 .runtime = outcome.usage.wall,
                 .received_bytes = received_bytes,
                 .command = std::move(command)};
  switch (outcome.cause) {
    case Cause::exited:
      entry.exit_value = outcome.code;
      break;
    case Cause::signaled:
    case Cause::out_of_memory:
      entry.signal = outcome.code;
      break;
    case Cause::timed_out:
      entry.exit_value = -1;
      entry.signal = outcome.code;
      break;
    case Cause::not_started:
    case Cause::cancelled:
    case Cause::lost:
    case Cause::preempted:
      entry.exit_value = exit_status(outcome);
      break;
  }
  return entry;
}

std::string joblog_line(const JobEntry& entry) {
  std::string command = entry.command;
  std::replace(command.begin(), command.end(), '\n', '\0');
  return fmt::format("{}\t{}\t{:.3f}\t{:10.3f}\t0\t{}\t{}\t{}\t{}\n", entry.seq, entry.host, seconds(entry.started),
                     seconds(entry.runtime), entry.received_bytes, entry.exit_value, entry.signal, command);
}

Joblog::Joblog(std::string path, How how, FileOps& ops) : file_(open_log(path, how), path, ops) {
  const off_t end = end_of_lines(file_.fd());
  if (end != ::lseek(file_.fd(), 0, SEEK_END)) {
    // Only a log that has just been read as one is known to be ours to cut.
    if (how != How::carry_on || ::ftruncate(file_.fd(), end) != 0) file_.buffer() += '\n';
  }
  const bool has_heading = how == How::add || (how == How::carry_on && !is_empty(file_.fd()));
  if (!has_heading) file_.buffer() += joblog_heading;
  flush();
}

void Joblog::add(const JobEntry& entry) {
  if (!given_up_) file_.buffer() += joblog_line(entry);
}

void Joblog::flush() {
  if (given_up_) return;
  try {
    file_.flush();
    trouble_ = file_.trouble();
  } catch (const Error& error) {
    given_up_ = true;
    file_.buffer().clear();
    trouble_ = fmt::format("{}; the job log stays incomplete", error.what());
  }
}

}  // namespace farm
