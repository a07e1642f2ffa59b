#include "node/patient_fd.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace farm {

PatientFd::PatientFd(int fd) : fd_(fd) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) {
    closed_ = true;
    return;
  }
  never_waits_ = S_ISREG(status.st_mode);
  if (S_ISFIFO(status.st_mode) || S_ISCHR(status.st_mode)) {
    // O_NONBLOCK belongs to the open file, which the user's shell shares with us: so open it again. Where that is not
    // allowed, small writes after a poll do not block either.
    const std::string self = "/proc/self/fd/" + std::to_string(fd);
    own_ = UniqueFd(::open(self.c_str(), O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  }
}

std::size_t PatientFd::write(std::string_view bytes) {
  if (closed_) return bytes.size();
  if (!own_ && !never_waits_) {
    // A pipe that poll calls writable takes PIPE_BUF bytes.
    pollfd room{.fd = fd_, .events = POLLOUT, .revents = 0};
    if (::poll(&room, 1, 0) <= 0) return 0;
    bytes = bytes.substr(0, 4096);
  }
  const ssize_t written = ::write(fd(), bytes.data(), bytes.size());
  if (written >= 0) return static_cast<std::size_t>(written);
  if (errno == EAGAIN || errno == EINTR) return 0;
  closed_ = true;
  return bytes.size();
}

}  // namespace farm
