#include "shepherd/record_socket.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

namespace farm {
namespace {

// As much as a pipe holds: the unit in which output travels.
constexpr std::size_t receive_bytes = 64 << 10;

// What was sent is cut off the queue only now and then, so that a long backlog is not moved at every write.
constexpr std::size_t compact_bytes = 1 << 20;

}  // namespace

bool RecordSocket::send_some() {
  const ssize_t sent = ::send(fd(), out_.data() + sent_, queued(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent < 0) return errno == EINTR;
  sent_ += static_cast<std::size_t>(sent);
  if (queued() == 0 || sent_ >= compact_bytes) {
    out_.erase(0, sent_);
    sent_ = 0;
  }
  return true;
}

void RecordSocket::flush() {
  while (queued() > 0 && send_some()) {
  }
}

bool RecordSocket::flush_all() {
  while (queued() > 0) {
    if (send_some()) continue;
    if (errno != EAGAIN) return false;
    pollfd writable{.fd = fd(), .events = POLLOUT, .revents = 0};
    ::poll(&writable, 1, -1);
  }
  return true;
}

bool RecordSocket::receive() {
  in_.erase(0, taken_);
  taken_ = 0;
  std::array<char, receive_bytes> buffer;
  ssize_t count = 0;
  do {
    count = ::recv(fd(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (count > 0) in_.append(buffer.data(), static_cast<std::size_t>(count));
  } while (count == std::ssize(buffer) || (count < 0 && errno == EINTR));
  return count > 0 || (count < 0 && errno == EAGAIN);
}

}  // namespace farm
