#include "sweep/values.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

namespace farm {
namespace {

using testing::ElementsAre;

constexpr std::int64_t lowest = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t highest = std::numeric_limits<std::int64_t>::max();

std::vector<std::string> all(const Values& values) {
  std::vector<std::string> texts;
  for (std::uint64_t i = 0; i < values.size; ++i) texts.push_back(values.at(i));
  return texts;
}

double number(const Values& values, std::uint64_t i) { return std::stod(values.at(i)); }

TEST(Values, AnIntegerRangeIncludesItsEndWhenItIsReached) {
  EXPECT_THAT(all(integer_range(1, 7, 2)), ElementsAre("1", "3", "5", "7"));
  EXPECT_THAT(all(integer_range(1, 8, 2)), ElementsAre("1", "3", "5", "7"));
  EXPECT_THAT(all(integer_range(3, -3, -3)), ElementsAre("3", "0", "-3"));
  EXPECT_THAT(all(integer_range(5, 5, 1)), ElementsAre("5"));
}

TEST(Values, AnIntegerRangeMayBeHuge) {
  const Values half = integer_range(0, highest, 1);
  EXPECT_EQ(half.size, most_values);
  EXPECT_EQ(half.at(most_values - 1), std::to_string(highest));
  EXPECT_THROW(integer_range(-1, highest, 1), ValueError);
  const Values wide = integer_range(lowest, highest, highest);
  EXPECT_THAT(all(wide), ElementsAre(std::to_string(lowest), "-1", std::to_string(highest - 1)));
  EXPECT_THAT(all(integer_range(highest, lowest, lowest)), ElementsAre(std::to_string(highest), "-1"));
}

TEST(Values, ARangeThatNeverEndsIsNone) {
  EXPECT_THROW(integer_range(1, 5, 0), ValueError);
  EXPECT_THROW(integer_range(1, 5, -1), ValueError);
  EXPECT_THROW(integer_range(5, 1, 1), ValueError);
  EXPECT_THROW(real_range(0, 1, 0), ValueError);
  EXPECT_THROW(real_range(0, 1, -0.1), ValueError);
  EXPECT_THROW(real_range(1e17, 2e17, 0.5), ValueError) << "a step that changes nothing";
  EXPECT_THROW(real_range(0, 1e300, 1), ValueError);
  EXPECT_THROW(real_range(0, std::nan(""), 1), ValueError);
  EXPECT_THROW(real_range(0, INFINITY, 1), ValueError);
}

TEST(Values, ARealRangeHasTheDecimalsOneExpects) {
  EXPECT_THAT(all(real_range(0, 0.5, 0.1)), ElementsAre("0", "0.1", "0.2", "0.3", "0.4", "0.5"));
  EXPECT_THAT(all(real_range(-0.3, 0.3, 0.1)), ElementsAre("-0.3", "-0.2", "-0.1", "0", "0.1", "0.2", "0.3"));
  EXPECT_THAT(all(real_range(1, 0, -0.4)), ElementsAre("1", "0.6", "0.2"));
  EXPECT_EQ(real_range(-1000, 1000, 0.1).at(9999), "-0.1");
  EXPECT_EQ(real_range(0, 1, 0.001).size, 1001U);
  EXPECT_THAT(all(real_range(1e-9, 3e-9, 1e-9)), ElementsAre("1e-09", "2e-09", "3e-09"));
}

TEST(Values, SpacesHaveBothEnds) {
  EXPECT_THAT(all(linear_space(0, 1, 5)), ElementsAre("0", "0.25", "0.5", "0.75", "1"));
  EXPECT_THAT(all(linear_space(1, -1, 3)), ElementsAre("1", "0", "-1"));
  EXPECT_THAT(all(linear_space(2, 3, 1)), ElementsAre("2"));
  EXPECT_THAT(all(logarithmic_space(1, 10000, 5)), ElementsAre("1", "10", "100", "1000", "10000"));
  EXPECT_THAT(all(logarithmic_space(1e-3, 1, 4)), ElementsAre("0.001", "0.01", "0.1", "1"));
  EXPECT_THAT(all(logarithmic_space(8, 1, 4)), ElementsAre("8", "4", "2", "1"));
  EXPECT_THROW(logarithmic_space(0, 1, 4), ValueError);
  EXPECT_THROW(linear_space(0, 1, 0), ValueError);
  EXPECT_THROW(linear_space(0, 1, most_values + 1), ValueError);
}

TEST(Values, AListIsAsItIs) {
  EXPECT_THAT(all(list_values({"b", "", "a"})), ElementsAre("b", "", "a"));
  EXPECT_THROW(list_values({}), ValueError);
}

/// These are what everybody's published sweeps are made of: they must never change.
TEST(Values, SamplesAreTheSameEverywhere) {
  const Distribution uniform{.first = 0, .second = 1};
  EXPECT_THAT(all(random_values(uniform, 3, 1)),
              ElementsAre("0.74974824135803", "0.37239342287917", "0.43828390628455"));
  const Distribution die{.kind = Distribution::Kind::integer, .lowest = 1, .highest = 6};
  EXPECT_THAT(all(random_values(die, 8, 1)), ElementsAre("5", "3", "3", "6", "2", "4", "3", "2"));
  EXPECT_NE(all(random_values(uniform, 3, 1)), all(random_values(uniform, 3, 2)));
  EXPECT_EQ(random_values(uniform, 3, 1).at(2), random_values(uniform, 1000, 1).at(2))
      << "more values do not change one";
}

TEST(Values, SamplesFollowTheirDistribution) {
  constexpr std::uint64_t count = 20'000;
  const Values normal = random_values({.kind = Distribution::Kind::normal, .first = 10, .second = 2}, count, 5);
  double sum = 0;
  double squares = 0;
  int beyond = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    const double z = (number(normal, i) - 10) / 2;
    sum += z;
    squares += z * z;
    if (std::fabs(z) > 1.959963985) ++beyond;
  }
  EXPECT_NEAR(sum / count, 0, 0.03);
  EXPECT_NEAR(squares / count, 1, 0.05);
  EXPECT_NEAR(beyond, 1000, 150);
  const Values log = random_values({.kind = Distribution::Kind::log_uniform, .first = 1, .second = 1e6}, count, 5);
  int small = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    EXPECT_TRUE(number(log, i) >= 1 && number(log, i) <= 1e6);
    if (number(log, i) < 1e3) ++small;
  }
  EXPECT_NEAR(small, 10'000, 350);
}

TEST(Values, NormalQuantilesAreExact) {
  // Of eight strata the middles do not matter: the borders do.
  const Values strata = stratified_values({.kind = Distribution::Kind::normal, .first = 0, .second = 1}, 4, 9);
  std::vector<double> sorted;
  for (std::uint64_t i = 0; i < 4; ++i) sorted.push_back(number(strata, i));
  std::sort(sorted.begin(), sorted.end());
  EXPECT_LT(sorted[0], -0.674489750);
  EXPECT_TRUE(sorted[1] > -0.674489751 && sorted[1] < 0);
  EXPECT_TRUE(sorted[2] > 0 && sorted[2] < 0.674489751);
  EXPECT_GT(sorted[3], 0.674489750);
}

TEST(Values, EveryStratumHasOneValue) {
  for (const std::uint64_t count : {1U, 2U, 10U, 1000U}) {
    const Values column = stratified_values({.first = 0, .second = 1}, count, 3);
    std::set<std::uint64_t> strata;
    for (std::uint64_t i = 0; i < count; ++i) {
      strata.insert(static_cast<std::uint64_t>(number(column, i) * static_cast<double>(count)));
    }
    EXPECT_EQ(strata.size(), count);
    EXPECT_EQ(*strata.rbegin(), count - 1);
  }
}

TEST(Values, AllIntegersCanBeDrawn) {
  const Values any = random_values({.kind = Distribution::Kind::integer, .lowest = lowest, .highest = highest}, 100, 1);
  std::set<std::string> seen;
  for (std::uint64_t i = 0; i < 100; ++i) seen.insert(any.at(i));
  EXPECT_EQ(seen.size(), 100U);
  EXPECT_THAT(all(random_values({.kind = Distribution::Kind::integer, .lowest = 7, .highest = 7}, 2, 1)),
              ElementsAre("7", "7"));
}

TEST(Values, DistributionsThatAreNone) {
  using Kind = Distribution::Kind;
  EXPECT_THROW(random_values({.first = 1, .second = 1}, 1, 1), ValueError);
  EXPECT_THROW(random_values({.first = 0, .second = std::nan("")}, 1, 1), ValueError);
  EXPECT_THROW(random_values({.kind = Kind::log_uniform, .first = 0, .second = 1}, 1, 1), ValueError);
  EXPECT_THROW(random_values({.kind = Kind::normal, .first = 0, .second = 0}, 1, 1), ValueError);
  EXPECT_THROW(random_values({.kind = Kind::integer, .lowest = 2, .highest = 1}, 1, 1), ValueError);
  EXPECT_THROW(random_values({.first = 0, .second = 1}, 0, 1), ValueError);
}

}  // namespace
}  // namespace farm
