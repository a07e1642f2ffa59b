#include "store/duration_table.hpp"

#include <algorithm>
#include <cmath>

namespace farm {
namespace {

// Step 1 is 10 microseconds, step 255 ten days.
constexpr double first = 1e-5;
constexpr double width = 1.1;

}  // namespace

void DurationTable::set(TaskId task, Nanos duration) {
  if (value(task) >= steps_.size()) steps_.resize(value(task) + 1);
  const double step = 1 + std::round(std::log(std::max(first, seconds(duration)) / first) / std::log(width));
  steps_[value(task)] = static_cast<std::uint8_t>(std::min(255.0, step));
}

Nanos DurationTable::of(TaskId task) const {
  const std::uint8_t step = value(task) < steps_.size() ? steps_[value(task)] : 0;
  if (step == 0) return Nanos::zero();
  return std::chrono::duration_cast<Nanos>(std::chrono::duration<double>(first * std::pow(width, step - 1)));
}

}  // namespace farm
