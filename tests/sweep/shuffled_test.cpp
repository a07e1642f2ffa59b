#include "sweep/shuffled.hpp"

#include <gtest/gtest.h>

#include <set>

namespace farm {
namespace {

using Combination = std::vector<std::uint64_t>;

// All combinations of sizes that are small, through a Shuffled of more sizes that are one: the way it goes depends on
// whether the product of all sizes fits a number.
std::vector<Combination> all(const Shuffled& shuffled, const Combination& sizes) {
  std::vector<Combination> found;
  Combination next(sizes.size(), 0);
  for (;;) {
    Combination moved = next;
    shuffled.apply(moved);
    found.push_back(moved);
    std::size_t i = sizes.size();
    while (i > 0 && ++next[i - 1] == sizes[i - 1]) next[--i] = 0;
    if (i == 0) return found;
  }
}

TEST(Shuffled, EveryCombinationComesOnce) {
  const Combination sizes{3, 5, 1, 7};
  const auto found = all(Shuffled(sizes, 42), sizes);
  EXPECT_EQ(std::set(found.begin(), found.end()).size(), 105U);
  EXPECT_FALSE(std::is_sorted(found.begin(), found.end()));
}

TEST(Shuffled, TheSeedDecides) {
  const Combination sizes{10, 10};
  EXPECT_EQ(all(Shuffled(sizes, 1), sizes), all(Shuffled(sizes, 1), sizes));
  EXPECT_NE(all(Shuffled(sizes, 1), sizes), all(Shuffled(sizes, 2), sizes));
}

TEST(Shuffled, MoreThanCanBeNumbered) {
  const Combination sizes(10, 1000);
  ASSERT_FALSE(product_of(sizes));
  const Shuffled shuffled(sizes, 7);
  std::set<Combination> seen;
  std::vector<std::size_t> low(10, 0);  // of each index, how often it is in the lower half
  constexpr std::uint64_t count = 10'000;
  for (std::uint64_t i = 0; i < count; ++i) {
    Combination combination(10, 0);
    combination[9] = i % 1000;
    combination[8] = i / 1000;
    shuffled.apply(combination);
    for (std::size_t at = 0; at < 10; ++at) {
      ASSERT_LT(combination[at], 1000U);
      if (combination[at] < 500) ++low[at];
    }
    seen.insert(combination);
  }
  EXPECT_EQ(seen.size(), count) << "no two meet";
  for (const std::size_t half : low) EXPECT_NEAR(static_cast<double>(half), count / 2.0, 300);  // six deviations
}

TEST(Shuffled, NoSourceOrOneValue) {
  EXPECT_EQ(product_of(Combination{}), 1U);
  Combination one{0};
  Shuffled({1}, 3).apply(one);
  EXPECT_EQ(one, Combination{0});
}

}  // namespace
}  // namespace farm
