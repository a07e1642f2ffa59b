/// What both sides of a run stand on in one process, and how it sleeps. Knows neither what a master nor what a worker
/// does.
#pragma once
#include <functional>

#include "base/clock.hpp"
#include "base/poller.hpp"
#include "farm/options.hpp"
#include "mpi/placement.hpp"
#include "shepherd/client.hpp"

namespace farm {

/// Everything a process of the run has, whatever its rank.
struct Process {
  const RunOptions& options;
  const Placement& placement;
  ShepherdClient& shepherd;
  Poller& poller;
  const SystemClock& clock;
};

/// At least so often it shows its shepherd that it lives; 0: it need not. Rank 0 owes nobody a sign of life: without it
/// there is no run, and it may well have to wait for the run directory.
Nanos heartbeat(const Process& process);

/// Watches a descriptor only while somebody wants to hear of it: a hang-up is reported whether it was asked for or not.
class Watcher {
 public:
  Watcher(
      Poller& poller, int fd, std::function<void()> ready = [] {})
      : poller_(poller), fd_(fd), ready_(std::move(ready)) {}
  Watcher(const Watcher&) = delete;
  Watcher& operator=(const Watcher&) = delete;
  ~Watcher() { want(0); }

  /// Poller::readable and writable, or 0 for neither; a descriptor below 0 is never watched.
  void want(unsigned interest);

 private:
  Poller& poller_;
  int fd_;
  std::function<void()> ready_;
  unsigned interest_ = 0;
};

/// Until a watched descriptor has something, `due` has come or `channel_patience` is over.
void sleep_until(const Process& process, TimePoint due, Nanos channel_patience);

/// What to watch its descriptor for.
unsigned shepherd_interest(const ShepherdClient& shepherd);

}  // namespace farm
