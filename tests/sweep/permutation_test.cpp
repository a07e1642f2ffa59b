#include "sweep/permutation.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <map>
#include <set>

#include "sweep/random.hpp"

namespace farm {
namespace {

std::vector<std::uint64_t> order(const Permutation& permutation) {
  std::vector<std::uint64_t> all;
  for (std::uint64_t i = 0; i < permutation.size(); ++i) all.push_back(permutation(i));
  return all;
}

bool is_one_to_one(std::uint64_t size, std::uint64_t seed) {
  std::vector<std::uint64_t> all = order(Permutation(size, seed));
  std::sort(all.begin(), all.end());
  for (std::uint64_t i = 0; i < size; ++i) {
    if (all[i] != i) return false;
  }
  return true;
}

TEST(Random, IsSplitMix64) {
  // The reference implementation's first outputs for the state 1234567.
  EXPECT_EQ(mix64(1234567 + 0x9e3779b97f4a7c15U), 6457827717110365317U);
  EXPECT_EQ(mix64(1234567 + 2 * 0x9e3779b97f4a7c15U), 3203168211198807973U);
  EXPECT_EQ(random_bits(0, 0), 16294208416658607535U) << "mix64(0) is 0, so this is its output for the seed 0";
}

TEST(Random, NamesHaveSeedsOfTheirOwn) {
  std::set<std::uint64_t> seeds;
  for (const std::uint64_t seed : {0U, 1U, 2U}) {
    for (const char* name : {"", "T", "seed", "des"}) seeds.insert(seed_for(seed, name));
  }
  EXPECT_EQ(seeds.size(), 12U);
}

TEST(Permutation, IsOneToOne) {
  for (std::uint64_t size = 0; size <= 300; ++size) {
    for (std::uint64_t seed = 0; seed < 5; ++seed) EXPECT_TRUE(is_one_to_one(size, seed)) << size << ", seed " << seed;
  }
  for (const std::uint64_t size : {1023U, 1024U, 1025U, 65'536U, 65'537U, 100'000U}) {
    EXPECT_TRUE(is_one_to_one(size, 7)) << size;
  }
}

TEST(Permutation, TakesEverySize) {
  for (const std::uint64_t size : {std::uint64_t{1} << 63, std::numeric_limits<std::uint64_t>::max()}) {
    const Permutation permutation(size, 3);
    std::set<std::uint64_t> seen;
    for (std::uint64_t i = 0; i < 10'000; ++i) {
      EXPECT_LT(permutation(i), size);
      seen.insert(permutation(i));
      seen.insert(permutation(size - 1 - i));
    }
    EXPECT_EQ(seen.size(), 20'000U);
  }
}

TEST(Permutation, IsTheSameEverywhere) {
  EXPECT_EQ(order(Permutation(10, 1)), order(Permutation(10, 1)));
  EXPECT_NE(order(Permutation(10, 1)), order(Permutation(10, 2)));
  EXPECT_EQ(order(Permutation(10, 1)), (std::vector<std::uint64_t>{8, 0, 4, 2, 6, 3, 9, 1, 7, 5}));
}

/// How far the counts are from all being equal, in the usual measure: about the number of kinds when they are random.
double chi_square(const std::map<std::vector<std::uint64_t>, int>& counts, double kinds, double drawn) {
  const double expected = drawn / kinds;
  double sum = (kinds - static_cast<double>(counts.size())) * expected;
  for (const auto& [kind, count] : counts) sum += (count - expected) * (count - expected) / expected;
  return sum;
}

TEST(Permutation, AllOrdersOfFewElementsComeEquallyOften) {
  constexpr std::uint64_t drawn = 72'000;
  double kinds = 1;
  for (std::uint64_t size = 2; size <= 6; ++size) {
    kinds *= static_cast<double>(size);
    std::map<std::vector<std::uint64_t>, int> counts;
    for (std::uint64_t seed = 0; seed < drawn; ++seed) ++counts[order(Permutation(size, seed))];
    // Seven standard deviations.
    EXPECT_LT(chi_square(counts, kinds, drawn), kinds + 7 * std::sqrt(2 * kinds)) << size;
  }
}

TEST(Permutation, EveryElementGoesEverywhereEquallyOften) {
  constexpr std::uint64_t size = 20;
  constexpr std::uint64_t drawn = 20'000;
  for (const std::uint64_t element : {0U, 1U, 13U, 19U}) {
    std::map<std::vector<std::uint64_t>, int> counts;
    for (std::uint64_t seed = 0; seed < drawn; ++seed) ++counts[{Permutation(size, seed)(element)}];
    EXPECT_LT(chi_square(counts, size, drawn), size + 7 * std::sqrt(2 * size));
  }
}

TEST(Permutation, NeighboursDoNotStayTogether) {
  const Permutation permutation(1'000'000, 11);
  int close = 0;
  for (std::uint64_t i = 1; i < 100'000; ++i) {
    const auto step = static_cast<std::int64_t>(permutation(i)) - static_cast<std::int64_t>(permutation(i - 1));
    if (std::abs(step) < 10'000) ++close;
  }
  // A share of 2 % is expected; the standard deviation is 44.
  EXPECT_NEAR(close, 1'980, 300);
}

}  // namespace
}  // namespace farm
