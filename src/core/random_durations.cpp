#include "core/random_durations.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace farm {

// The standard library's distributions give other numbers with every library; these do not.
double RandomDurations::uniform() {
  constexpr double step = 0x1p-53;
  return (static_cast<double>(random_() >> 11) + 1) * step;
}

// Box and Muller, "A Note on the Generation of Random Normal Deviates", 1958.
double RandomDurations::normal() {
  const double radius = std::sqrt(-2 * std::log(uniform()));
  return radius * std::cos(2 * std::numbers::pi * uniform());
}

Nanos RandomDurations::next() {
  const auto times = [](Nanos duration, double factor) {
    constexpr double longest = 9e18;  // what Nanos holds
    return Nanos(static_cast<Nanos::rep>(std::min(longest, static_cast<double>(duration.count()) * factor)));
  };
  switch (rule_.kind) {
    case DurationRule::Kind::constant:
      return rule_.mean;
    case DurationRule::Kind::uniform:
      return rule_.shortest + times(rule_.longest - rule_.shortest, uniform());
    case DurationRule::Kind::exponential:
      return times(rule_.mean, -std::log(uniform()));
    case DurationRule::Kind::lognormal:
      break;
  }
  // So that the mean of them all is what was asked for.
  return times(rule_.mean, std::exp(rule_.sigma * normal() - rule_.sigma * rule_.sigma / 2));
}

}  // namespace farm
