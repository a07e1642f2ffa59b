/// How long tasks take, learnt from those that ended. A running mean and variance that forget slowly.
#pragma once
#include <cstdint>

#include "base/clock.hpp"

namespace farm {

class DurationEstimate {
 public:
  void add(Nanos duration);

  std::uint64_t samples() const { return samples_; }
  /// Zero before the first sample.
  Nanos mean() const;
  /// Variance over squared mean: 0 for equal tasks, 1 for exponential ones.
  double squared_variation() const;

 private:
  std::uint64_t samples_ = 0;
  double mean_ = 0;  // seconds
  double variance_ = 0;
};

}  // namespace farm
