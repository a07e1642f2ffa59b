#include "shepherd/feed.hpp"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <ctime>
#include <utility>

namespace farm {
namespace {

// At one go, so that a fast reader does not keep the other tasks waiting, nor a slow disk for longer than this takes.
constexpr std::uint64_t most_bytes = 1 << 20;

// splice(2) has no MSG_NOSIGNAL: the signal stays pending, and whoever unblocks it next would die of it.
void take_broken_pipe_signal() {
  sigset_t broken_pipe;
  sigemptyset(&broken_pipe);
  sigaddset(&broken_pipe, SIGPIPE);
  constexpr timespec at_once{};
  ::sigtimedwait(&broken_pipe, nullptr, &at_once);
}

}  // namespace

Feed::Feed(std::vector<Part> parts, UniqueFd pipe) : parts_(std::move(parts)), pipe_(std::move(pipe)) {}

void Feed::move() {
  for (std::uint64_t moved = 0; at_ < parts_.size() && moved < most_bytes;) {
    const std::uint64_t before = parts_[at_].bytes;
    if (!move_some()) return;
    moved += before - parts_[at_].bytes;
    if (parts_[at_].bytes == 0) ++at_;
  }
  if (at_ == parts_.size()) close();
}

// False when the pipe has no room, or the feed is over.
bool Feed::move_some() {
  Part& part = parts_[at_];
  auto offset = static_cast<off64_t>(part.offset);
  const std::uint64_t asked = std::min(part.bytes, most_bytes);
  const ssize_t moved = ::splice(part.file->get(), &offset, pipe_.get(), nullptr, asked, SPLICE_F_NONBLOCK);
  if (moved > 0) {
    part.offset += static_cast<std::uint64_t>(moved);
    part.bytes -= static_cast<std::uint64_t>(moved);
    return true;
  }
  if (moved < 0 && errno == EINTR) return true;
  if (moved < 0 && errno == EAGAIN) return false;
  if (moved < 0 && errno == EPIPE) {
    take_broken_pipe_signal();
  } else if (moved == 0) {
    complaint_ = "'" + part.path + "' ends at byte " + std::to_string(part.offset) + ", " + std::to_string(part.bytes) +
                 " bytes too early: it was cut off while the task was reading it";
  } else {
    complaint_ = "cannot read '" + part.path + "': " + std::strerror(errno);
  }
  close();
  return false;
}

void Feed::begin(Poller& poller, Broken broken) {
  broken_ = std::move(broken);
  // What fits into the pipe, or is not wanted, is never watched.
  turn();
  if (!is_open()) return;
  poller_ = &poller;
  poller.watch(pipe_.get(), Poller::writable, [this](unsigned) { turn(); });
}

void Feed::turn() {
  move();
  if (is_open() || complaint_.empty()) return;
  // On copies: what is done about it may be the end of this object.
  const Broken broken = broken_;
  const std::string complaint = complaint_;
  broken(complaint);
}

void Feed::close() {
  if (poller_ != nullptr && is_open()) poller_->forget(pipe_.get());
  pipe_.reset();
  // The task may go on for days with what it has read.
  parts_.clear();
  at_ = 0;
}

}  // namespace farm
