#include "core/median.hpp"

#include <algorithm>

namespace farm {

void MedianEstimate::add(double number) {
  if (samples_ >= markers) {
    move_markers(number);
    ++samples_;
    return;
  }
  heights_[samples_++] = number;
  std::sort(heights_.begin(), heights_.begin() + static_cast<std::ptrdiff_t>(samples_));
}

double MedianEstimate::value() const {
  if (samples_ == 0) return 0;
  if (samples_ >= markers) return heights_[2];
  const std::size_t upper = samples_ / 2;
  return samples_ % 2 == 1 ? heights_[upper] : (heights_[upper - 1] + heights_[upper]) / 2;
}

void MedianEstimate::move_markers(double number) {
  heights_.front() = std::min(heights_.front(), number);
  heights_.back() = std::max(heights_.back(), number);
  for (std::size_t marker = 1; marker < markers; ++marker) {
    if (number < heights_[marker] || marker == markers - 1) ++places_[marker];
  }
  const double last = static_cast<double>(samples_);  // steps from the first number to this one
  for (std::size_t marker = 1; marker + 1 < markers; ++marker) {
    const double wanted = 1 + last * static_cast<double>(marker) / (markers - 1);
    const double off = wanted - places_[marker];
    const bool moves_up = off >= 1 && places_[marker + 1] - places_[marker] > 1;
    const bool moves_down = off <= -1 && places_[marker - 1] - places_[marker] < -1;
    if (!moves_up && !moves_down) continue;
    const double step = moves_up ? 1 : -1;
    const std::size_t neighbour = moves_up ? marker + 1 : marker - 1;
    double height = parabola(marker, step);
    if (height <= heights_[marker - 1] || height >= heights_[marker + 1]) {
      height =
          heights_[marker] + step * (heights_[neighbour] - heights_[marker]) / (places_[neighbour] - places_[marker]);
    }
    heights_[marker] = height;
    places_[marker] += step;
  }
}

double MedianEstimate::parabola(std::size_t marker, double step) const {
  const double below = places_[marker] - places_[marker - 1];
  const double above = places_[marker + 1] - places_[marker];
  const double rise_below = (heights_[marker] - heights_[marker - 1]) / below;
  const double rise_above = (heights_[marker + 1] - heights_[marker]) / above;
  return heights_[marker] + step / (below + above) * ((below + step) * rise_above + (above - step) * rise_below);
}

}  // namespace farm
