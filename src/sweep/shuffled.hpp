/// A random order of the combinations of several sources, computed from the number of a combination: nothing is stored
/// and nothing is drawn twice, however many there are.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "sweep/permutation.hpp"

namespace farm {

/// The product of the sizes; nullopt when it does not fit.
std::optional<std::uint64_t> product_of(std::span<const std::uint64_t> sizes);

class Shuffled {
 public:
  /// `sizes` of the sources, none of them 0.
  Shuffled(std::vector<std::uint64_t> sizes, std::uint64_t seed);

  /// Replaces a combination, one index per source, by the one that takes its place. One-to-one.
  void apply(std::span<std::uint64_t> combination) const;

 private:
  void permute_number(std::span<std::uint64_t> combination) const;
  void mix(std::span<std::uint64_t> combination) const;

  std::vector<std::uint64_t> sizes_;
  std::uint64_t seed_;
  std::optional<Permutation> permutation_;  // where combinations can be numbered
};

}  // namespace farm
