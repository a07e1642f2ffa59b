#include "core/duration_histogram.hpp"

#include <algorithm>
#include <cmath>

namespace farm {
namespace {

// A microsecond is shorter than any process lives; 1.08 to the 512th microseconds are 4,000 years.
constexpr double shortest = 1e-6;
constexpr double width = 1.08;
constexpr std::size_t most_buckets = 512;

}  // namespace

void DurationHistogram::add(Nanos duration) {
  const double ratio = std::max(1.0, seconds(duration) / shortest);
  const auto bucket = std::min(most_buckets - 1, static_cast<std::size_t>(std::log(ratio) / std::log(width)));
  if (bucket >= counts_.size()) counts_.resize(bucket + 1);
  ++counts_[bucket];
  ++samples_;
}

Nanos DurationHistogram::quantile(double share) const {
  if (samples_ == 0) return Nanos::zero();
  const double wanted = std::max(1.0, std::ceil(share * static_cast<double>(samples_)));
  double seen = 0;
  std::size_t bucket = 0;
  for (; bucket + 1 < counts_.size(); ++bucket) {
    seen += counts_[bucket];
    if (seen >= wanted) break;
  }
  constexpr double longest = 9e9;  // seconds: what Nanos holds
  const double end = std::min(longest, shortest * std::pow(width, static_cast<double>(bucket + 1)));
  return std::chrono::duration_cast<Nanos>(std::chrono::duration<double>(end));
}

}  // namespace farm
