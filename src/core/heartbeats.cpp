#include "core/heartbeats.hpp"

namespace farm {

std::vector<Rank> Heartbeats::look(TimePoint now) {
  if (now < next_look()) return {};
  last_look_ = now;
  std::vector<Rank> overdue;
  for (auto at = silent_.begin(); at != silent_.end();) {
    const auto [rank, looks] = *at;
    if (looks == looks_) overdue.push_back(rank);
    at = looks == looks_ ? silent_.erase(at) : (++at->second, std::next(at));
  }
  return overdue;
}

TimePoint Heartbeats::next_look() const {
  return interval_ == Nanos::zero() || silent_.empty() ? end_of_time : last_look_ + interval_;
}

}  // namespace farm
