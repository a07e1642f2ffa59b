/// How durations are spread, in constant memory: counts per bucket of a logarithmic scale, so that any quantile is
/// right within a bucket's width, 8 percent.
#pragma once
#include <cstdint>
#include <vector>

#include "base/clock.hpp"

namespace farm {

class DurationHistogram {
 public:
  void add(Nanos duration);

  std::uint64_t samples() const { return samples_; }

  /// The smallest bucket's upper end that at least `share` (0 to 1) of the durations do not exceed, so rather too long
  /// than too short; zero before the first.
  Nanos quantile(double share) const;

 private:
  std::vector<std::uint32_t> counts_;  // grows to the longest duration seen
  std::uint64_t samples_ = 0;
};

}  // namespace farm
