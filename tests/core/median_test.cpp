#include "core/median.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace farm {
namespace {

double median_of(const std::vector<double>& numbers) {
  MedianEstimate estimate;
  for (const double number : numbers) estimate.add(number);
  return estimate.value();
}

TEST(Median, IsExactForAFew) {
  EXPECT_EQ(median_of({}), 0);
  EXPECT_EQ(median_of({3}), 3);
  EXPECT_EQ(median_of({3, 1}), 2);
  EXPECT_EQ(median_of({3, 1, 2}), 2);
  EXPECT_EQ(median_of({4, 3, 1, 2}), 2.5);
  EXPECT_EQ(median_of({5, 1, 4, 2, 3}), 3);
}

TEST(Median, OfEqualNumbersIsThatNumber) { EXPECT_EQ(median_of(std::vector<double>(1000, 0.25)), 0.25); }

TEST(Median, IsNearTheTrueOneWhateverTheOrder) {
  std::vector<double> numbers(10'001);
  for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = static_cast<double>(i);
  EXPECT_NEAR(median_of(numbers), 5000, 250);
  std::reverse(numbers.begin(), numbers.end());
  EXPECT_NEAR(median_of(numbers), 5000, 250);
  std::shuffle(numbers.begin(), numbers.end(), std::mt19937(7));
  EXPECT_NEAR(median_of(numbers), 5000, 250);
}

TEST(Median, IgnoresAFewThatTakeForever) {
  std::mt19937 random(7);
  std::exponential_distribution<double> usual(1.0);
  std::vector<double> numbers;
  for (int i = 0; i < 20'000; ++i) numbers.push_back(i % 100 == 0 ? 1e6 : usual(random));
  EXPECT_NEAR(median_of(numbers), 0.7, 0.1);
}

}  // namespace
}  // namespace farm
