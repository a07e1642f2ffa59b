#include "core/estimate.hpp"

#include <algorithm>

namespace farm {

void DurationEstimate::add(Nanos duration) {
  // Exponential forgetting over the last 100 or so, a plain average until then, so that the first ones count fully.
  constexpr std::uint64_t memory = 100;
  ++samples_;
  const double weight = 1.0 / static_cast<double>(std::min(samples_, memory));
  const double difference = seconds(duration) - mean_;
  mean_ += weight * difference;
  variance_ = (1 - weight) * (variance_ + weight * difference * difference);
}

Nanos DurationEstimate::mean() const { return std::chrono::duration_cast<Nanos>(std::chrono::duration<double>(mean_)); }

double DurationEstimate::squared_variation() const { return mean_ > 0 ? variance_ / (mean_ * mean_) : 0; }

}  // namespace farm
