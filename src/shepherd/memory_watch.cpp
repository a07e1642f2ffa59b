#include "shepherd/memory_watch.hpp"

#include <algorithm>

namespace farm {

Nanos next_look_after(const MemoryLook& look) {
  if (look.used >= look.limit) return shortest_look_pause;
  if (look.used <= look.used_before || look.since <= Nanos::zero()) return longest_look_pause;
  const double growth = static_cast<double>(look.used - look.used_before) / static_cast<double>(look.since.count());
  const double left = static_cast<double>(look.limit - look.used) / growth / 2;
  const double longest = static_cast<double>(longest_look_pause.count());
  return std::max(shortest_look_pause, Nanos(static_cast<Nanos::rep>(std::min(left, longest))));
}

Nanos affordable_pause(Nanos pause, Nanos cost) {
  constexpr int least_ratio = 50;
  return std::max(pause, cost * least_ratio);
}

bool is_near_limit(std::uint64_t peak, std::uint64_t limit) {
  constexpr std::uint64_t part = 20;  // of the limit may have been missing when the peak was seen
  return limit > 0 && peak >= limit - limit / part;
}

}  // namespace farm
