#include "shepherd/capture.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace farm {
namespace {

constexpr std::size_t read_bytes = 64 << 10;  // what a pipe holds

}  // namespace

Capture::Capture(Poller& poller, UniqueFd pipe, bool keep, PassOn pass_on, std::function<void()> after_read)
    : poller_(poller),
      pipe_(std::move(pipe)),
      keep_(keep),
      pass_on_(std::move(pass_on)),
      after_read_(std::move(after_read)) {}

void Capture::watch(bool wanted) {
  wanted = wanted && is_open() && room() > 0;
  if (wanted == watched_) return;
  watched_ = wanted;
  if (!wanted) {
    // Forgotten, not watched for nothing: a hang-up is reported whatever is asked for.
    poller_.forget(pipe_.get());
    return;
  }
  poller_.watch(pipe_.get(), Poller::readable, [this](unsigned) {
    read_once();
    // On a copy: what follows the last read may be the end of this object.
    const auto after_read = after_read_;
    after_read();
  });
}

bool Capture::read_once() {
  std::array<char, read_bytes> buffer;
  const std::size_t asked = std::min(buffer.size(), room());
  if (!is_open() || asked == 0) return false;
  const ssize_t count = ::read(pipe_.get(), buffer.data(), asked);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return false;
  if (count <= 0) {
    close();
    return false;
  }
  take({buffer.data(), static_cast<std::size_t>(count)});
  return true;
}

void Capture::take(std::string_view bytes) {
  read_ += bytes.size();
  if (keep_ && kept_.size() + bytes.size() <= kept_bytes) {
    kept_ += bytes;
    return;
  }
  keep_ = false;
  unconsumed_ += kept_.size() + bytes.size();
  if (!kept_.empty()) pass_on_(std::exchange(kept_, {}));
  pass_on_(bytes);
}

void Capture::drain() {
  while (read_once()) {
  }
}

void Capture::consumed(std::size_t bytes) { unconsumed_ -= std::min(bytes, unconsumed_); }

void Capture::mark_last() {
  int waiting = 0;
  if (is_open() && ::ioctl(pipe_.get(), FIONREAD, &waiting) == 0) last_ = read_ + static_cast<std::uint64_t>(waiting);
}

void Capture::close() {
  watch(false);
  pipe_.reset();
}

}  // namespace farm
