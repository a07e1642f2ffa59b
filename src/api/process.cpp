#include "api/process.hpp"

#include <algorithm>

#include "core/heartbeats.hpp"

namespace farm {

Nanos heartbeat(const Process& process) {
  return process.placement.rank == 0 ? Nanos::zero() : HeartbeatTimes::interval(process.options.heartbeat);
}

void Watcher::want(unsigned interest) {
  if (fd_ < 0 || interest == interest_) return;
  if (interest_ != 0) poller_.forget(fd_);
  if (interest != 0) poller_.watch(fd_, interest, [this](unsigned) { ready_(); });
  interest_ = interest;
}

void sleep_until(const Process& process, TimePoint due, Nanos channel_patience) {
  const TimePoint now = process.clock.now();
  Nanos patience = channel_patience;
  if (due != end_of_time) patience = std::min(patience, std::max(Nanos::zero(), due - now));
  process.poller.wait(patience);
}

unsigned shepherd_interest(const ShepherdClient& shepherd) {
  return shepherd.wants_write() ? Poller::readable | Poller::writable : unsigned{Poller::readable};
}

}  // namespace farm
