/// Durations of tasks that nobody has measured, drawn from a distribution: the same for the same seed. Pure.
#pragma once
#include <cstdint>
#include <random>

#include "base/clock.hpp"

namespace farm {

struct DurationRule {
  enum class Kind { constant, uniform, exponential, lognormal };
  Kind kind = Kind::constant;
  Nanos mean{0};      ///< of all but uniform ones
  Nanos shortest{0};  ///< uniform
  Nanos longest{0};   ///< uniform
  double sigma = 0;   ///< lognormal: the standard deviation of the logarithm
};

class RandomDurations {
 public:
  RandomDurations(const DurationRule& rule, std::uint64_t seed) : rule_(rule), random_(seed) {}

  Nanos next();

 private:
  double uniform();  // above 0, at most 1
  double normal();

  DurationRule rule_;
  std::mt19937_64 random_;
};

}  // namespace farm
