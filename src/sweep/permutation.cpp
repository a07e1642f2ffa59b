#include "sweep/permutation.hpp"

#include <algorithm>
#include <bit>

#include "base/check.hpp"
#include "sweep/random.hpp"

namespace farm {

Permutation::Permutation(std::uint64_t size, std::uint64_t seed) : size_(size) {
  const auto needed = static_cast<unsigned>(size > 1 ? std::bit_width(size - 1) : 0);
  const unsigned bits = std::max(needed, fewest_bits);
  right_bits_ = bits - bits / 2;
  left_mask_ = (std::uint64_t{1} << (bits / 2)) - 1;
  right_mask_ = (std::uint64_t{1} << right_bits_) - 1;
  for (std::size_t i = 0; i < keys_.size(); ++i) keys_[i] = random_bits(seed, i);
}

// Every step leaves one half as it is and can so be undone: the whole is one to one. Beyond 32 elements less than half
// of what the bits can express lies outside, so that more than two turns are rarely needed.
std::uint64_t Permutation::operator()(std::uint64_t index) const {
  FARM_CHECK(index < size_);
  do {
    index = scramble(index);
  } while (index >= size_);
  return index;
}

std::uint64_t Permutation::scramble(std::uint64_t index) const {
  std::uint64_t left = index >> right_bits_;
  std::uint64_t right = index & right_mask_;
  for (std::size_t i = 0; i < keys_.size(); i += 2) {
    left ^= mix64(right + keys_[i]) & left_mask_;
    right ^= mix64(left + keys_[i + 1]) & right_mask_;
  }
  return left << right_bits_ | right;
}

}  // namespace farm
