/// One output stream of one task: reads its pipe, keeps a short stream whole and passes a long one on, as fast as the
/// reader at the far end takes it. Nothing is ever dropped: a full window makes the task wait in write(2).
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/poller.hpp"
#include "base/unique_fd.hpp"

namespace farm {

/// So much of a stream travels with the end of its task.
inline constexpr std::size_t kept_bytes = 4 << 10;

/// So much may be passed on before it is consumed: four pipes full, to keep a local reader busy in between.
inline constexpr std::size_t window_bytes = 256 << 10;

class Capture {
 public:
  using PassOn = std::function<void(std::string_view bytes)>;

  /// Reads `pipe` (nonblocking) whenever `poller` finds it ready and watched; `after_read` runs when that has happened.
  /// Without `keep` everything is passed on.
  Capture(Poller& poller, UniqueFd pipe, bool keep, PassOn pass_on, std::function<void()> after_read);
  Capture(const Capture&) = delete;
  Capture& operator=(const Capture&) = delete;
  ~Capture() { close(); }

  /// Watches the pipe if `wanted`, it is open and the window has room; else leaves it alone.
  void watch(bool wanted);

  /// Reads until the pipe is dry, ended, or the window is full.
  void drain();

  void consumed(std::size_t bytes);

  /// Puts `text` behind what was read so far.
  void add(std::string_view text) { take(text); }

  /// What the pipe holds now is the last that is waited for. To be called when the task is over.
  void mark_last();

  /// Everything up to mark_last() was read, and it is not for want of room that the pipe's end was not seen.
  bool has_read_last() const { return read_ >= last_ && room() > 0; }

  bool is_open() const { return static_cast<bool>(pipe_); }
  void close();

  /// What was not passed on.
  std::string_view kept() const { return kept_; }

 private:
  std::size_t room() const { return window_bytes - std::min(window_bytes, unconsumed_ + kept_.size()); }
  bool read_once();
  void take(std::string_view bytes);

  Poller& poller_;
  UniqueFd pipe_;
  bool keep_;
  bool watched_ = false;
  PassOn pass_on_;
  std::function<void()> after_read_;
  std::string kept_;
  std::size_t unconsumed_ = 0;
  std::uint64_t read_ = 0;
  std::uint64_t last_ = 0;
};

}  // namespace farm
