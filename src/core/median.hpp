/// The median of a stream of numbers in constant memory: exact for the first five, then an estimate that five markers
/// follow (the P-square algorithm of Jain and Chlamtac, 1985).
#pragma once
#include <array>
#include <cstdint>

namespace farm {

class MedianEstimate {
 public:
  void add(double number);

  std::uint64_t samples() const { return samples_; }
  /// 0 before the first.
  double value() const;

 private:
  static constexpr std::size_t markers = 5;

  void move_markers(double number);
  double parabola(std::size_t marker, double step) const;

  std::uint64_t samples_ = 0;
  std::array<double, markers> heights_{};              // until there are five: the numbers themselves, sorted
  std::array<double, markers> places_{1, 2, 3, 4, 5};  // how many numbers are at or below each marker
};

}  // namespace farm
