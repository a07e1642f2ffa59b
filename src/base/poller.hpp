/// The one place a farm process sleeps: an epoll set with handlers. Not thread-safe; handlers run inside wait() and may
/// watch, change and forget any descriptor, their own too.
#pragma once
#include <functional>
#include <memory>
#include <unordered_map>
#include <vector>

#include "base/clock.hpp"
#include "base/unique_fd.hpp"

namespace farm {

class Poller {
 public:
  enum : unsigned { readable = 1, writable = 2 };

  /// Gets what is ready, a mix of `readable` and `writable`. A hang-up or an error counts as both that were asked for.
  using Handler = std::function<void(unsigned ready)>;

  Poller();
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;

  /// `fd` stays the caller's and must be forgotten before it is closed. A descriptor that epoll refuses because it is
  /// always ready (a regular file) is ready at every wait.
  void watch(int fd, unsigned interest, Handler handler);
  void change(int fd, unsigned interest);
  void forget(int fd);

  /// Sleeps until something is ready or `patience` is over (`Nanos::max()`: for ever, zero or less: not at all), runs
  /// the handlers, and returns how many ran. A signal handler's return counts as nothing ready.
  int wait(Nanos patience);

  /// How often wait() has really slept or asked the kernel; for tests and benchmarks that count.
  unsigned long waits() const { return waits_; }

 private:
  struct Watch {
    int fd;
    unsigned interest;
    bool always_ready;
    Handler handler;
  };

  void control(int operation, const Watch& watch) const;
  int run(const std::shared_ptr<Watch>& watch, unsigned ready);

  UniqueFd epoll_;
  std::unordered_map<int, std::shared_ptr<Watch>> watches_;
  int always_ready_ = 0;
  unsigned long waits_ = 0;
};

}  // namespace farm
