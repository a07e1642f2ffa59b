#include "ui/terminal.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <csignal>
#include <cstdlib>
#include <utility>

namespace farm {
namespace {

constexpr std::size_t usual_columns = 80;

std::string variable(const char* name) {
  const char* const text = std::getenv(name);
  return text == nullptr ? std::string() : std::string(text);
}

std::string descriptor_path(pid_t process, int fd) {
  return process == 0 ? fmt::format("/proc/self/fd/{}", fd) : fmt::format("/proc/{}/fd/{}", process, fd);
}

// Opened anew, so that O_NONBLOCK does not reach the programs that share the descriptor. Anything but a character
// device is left alone: opening a pipe by this path would make farm one of its writers.
UniqueFd open_terminal(pid_t process) {
  const std::string path = descriptor_path(process, STDERR_FILENO);
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0 || !S_ISCHR(status.st_mode)) return {};
  UniqueFd opened(::open(path.c_str(), O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
  return opened && ::isatty(opened.get()) == 1 ? std::move(opened) : UniqueFd();
}

bool same_device(pid_t process) {
  struct stat out {};
  struct stat err {};
  return ::stat(descriptor_path(process, STDOUT_FILENO).c_str(), &out) == 0 &&
         ::stat(descriptor_path(process, STDERR_FILENO).c_str(), &err) == 0 && S_ISCHR(out.st_mode) &&
         out.st_rdev == err.st_rdev;
}

// With `stty tostop` a write from another process group than the terminal's, which a rank's always is, would stop farm;
// while the signal is blocked the write is allowed.
class TtouBlocked {
 public:
  TtouBlocked() {
    sigset_t ttou;
    sigemptyset(&ttou);
    sigaddset(&ttou, SIGTTOU);
    ::pthread_sigmask(SIG_BLOCK, &ttou, &before_);
  }
  TtouBlocked(const TtouBlocked&) = delete;
  TtouBlocked& operator=(const TtouBlocked&) = delete;
  ~TtouBlocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_{};
};

}  // namespace

Environment read_environment() {
  const std::string ci = variable("CI");
  return {.no_color = !variable("NO_COLOR").empty(),
          .ci = !ci.empty() && ci != "0" && ci != "false",
          .term = variable("TERM")};
}

ProgressMode choose_progress(ProgressMode asked, bool interactive, const Environment& environment) {
  if (asked != ProgressMode::automatic) return asked;
  const bool can_draw = interactive && !environment.ci && !environment.term.empty() && environment.term != "dumb";
  return can_draw ? ProgressMode::bar : ProgressMode::plain;
}

bool choose_color(bool interactive, const Environment& environment) {
  return interactive && !environment.no_color && !environment.term.empty() && environment.term != "dumb";
}

Terminal Terminal::find(pid_t launcher) {
  if (UniqueFd opened = open_terminal(launcher)) return Terminal(std::move(opened), launcher, same_device(launcher));
  Terminal own;
  // A terminal that cannot be opened belongs to another user (su, sudo): the inherited descriptor still works.
  own.interactive_ = launcher == 0 && ::isatty(own.fd_) == 1;
  own.shows_output_ = own.interactive_ && same_device(0);
  return own;
}

Terminal::Terminal(UniqueFd terminal, pid_t reader, bool shows_output)
    : opened_(std::move(terminal)),
      fd_(opened_.get()),
      reader_(reader),
      interactive_(true),
      shows_output_(shows_output) {}

bool Terminal::foreground() const {
  const pid_t owner = ::tcgetpgrp(fd_);
  // Not this session's terminal: nothing is known, and nobody can put farm into its background.
  return owner < 0 || owner == ::getpgid(reader_);
}

std::size_t Terminal::columns() const {
  winsize size{};
  return ::ioctl(fd_, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : usual_columns;
}

std::size_t Terminal::offer(std::string_view text) const {
  pollfd writable{.fd = fd_, .events = POLLOUT, .revents = 0};
  if (::poll(&writable, 1, 0) != 1 || (writable.revents & POLLOUT) == 0) return 0;
  const TtouBlocked blocked;
  // A pipe that is writable takes this much without blocking.
  const ssize_t written = ::write(fd_, text.data(), std::min<std::size_t>(text.size(), PIPE_BUF));
  return written < 0 ? 0 : static_cast<std::size_t>(written);
}

}  // namespace farm
