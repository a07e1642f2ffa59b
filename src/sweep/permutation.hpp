/// A shuffled 0 .. size-1 of which any element can be computed and none is stored: a Feistel network over the fewest
/// bits that hold size-1, but at least six, applied again while the result lies outside ("cycle walking": Black and
/// Rogaway, "Ciphers with arbitrary finite domains", CT-RSA 2002). Not for secrets.
#pragma once
#include <array>
#include <cstdint>

namespace farm {

class Permutation {
 public:
  /// The same for the same arguments on every machine.
  Permutation(std::uint64_t size, std::uint64_t seed);

  /// Different for every `index` below the size, and below it, too.
  std::uint64_t operator()(std::uint64_t index) const;

  std::uint64_t size() const { return size_; }

 private:
  // With six bits, four rounds make all orders of up to six elements equally likely (chi-square over 72,000 seeds); two
  // more for good measure. With five bits or fewer, no number of rounds was enough.
  static constexpr unsigned fewest_bits = 6;
  static constexpr std::size_t rounds = 6;

  std::uint64_t scramble(std::uint64_t index) const;

  std::uint64_t size_;
  unsigned right_bits_;
  std::uint64_t left_mask_;
  std::uint64_t right_mask_;
  std::array<std::uint64_t, 2 * rounds> keys_{};
};

}  // namespace farm
