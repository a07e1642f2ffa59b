#include "sweep/shuffled.hpp"

#include <utility>

#include "sweep/random.hpp"

namespace farm {
namespace {

// Each turns every index into nearly any other; four make the order look random as a whole.
constexpr std::uint64_t rounds = 4;

}  // namespace

std::optional<std::uint64_t> product_of(std::span<const std::uint64_t> sizes) {
  std::uint64_t product = 1;
  for (const std::uint64_t size : sizes) {
    if (__builtin_mul_overflow(product, size, &product)) return std::nullopt;
  }
  return product;
}

Shuffled::Shuffled(std::vector<std::uint64_t> sizes, std::uint64_t seed) : sizes_(std::move(sizes)), seed_(seed) {
  if (const auto all = product_of(sizes_)) permutation_.emplace(*all, seed);
}

void Shuffled::apply(std::span<std::uint64_t> combination) const {
  if (permutation_) {
    permute_number(combination);
  } else {
    mix(combination);
  }
}

void Shuffled::permute_number(std::span<std::uint64_t> combination) const {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < sizes_.size(); ++i) number = number * sizes_[i] + combination[i];
  number = (*permutation_)(number);
  for (std::size_t i = sizes_.size(); i-- > 0; number /= sizes_[i]) combination[i] = number % sizes_[i];
}

// More combinations than can be numbered: one index after the other is moved on by what all the others are, which can
// be undone in the opposite order, so no two combinations meet.
void Shuffled::mix(std::span<std::uint64_t> combination) const {
  for (std::uint64_t round = 0; round < rounds; ++round) {
    for (std::size_t i = 0; i < sizes_.size(); ++i) {
      std::uint64_t state = random_bits(seed_, round * sizes_.size() + i);
      for (std::size_t other = 0; other < sizes_.size(); ++other) {
        if (other != i) state = random_bits(state, combination[other]);
      }
      combination[i] = (combination[i] + state % sizes_[i]) % sizes_[i];
    }
  }
}

}  // namespace farm
