#include "core/health.hpp"

#include <gtest/gtest.h>

namespace farm {
namespace {

using namespace std::chrono_literals;

constexpr Rank bad{1};
constexpr Rank good{2};

TEST(Health, ThreeFailuresThatOthersDidNotHaveAreEnoughAmongMany) {
  Health health;
  for (int i = 0; i < 100; ++i) health.ended(good);
  for (int i = 0; i < 3; ++i) health.ended(bad);
  EXPECT_FALSE(health.strike(bad));
  EXPECT_FALSE(health.strike(bad));
  EXPECT_TRUE(health.strike(bad));
  EXPECT_EQ(health.strikes(bad), 3U);
}

TEST(Health, AFewBadOnesAmongManyGoodAreChance) {
  Health health;
  for (int i = 0; i < 1000; ++i) {
    health.ended(good);
    health.ended(bad);
  }
  for (int i = 0; i < 5; ++i) health.strike(good);
  for (int i = 0; i < 6; ++i) EXPECT_FALSE(health.strike(bad)) << "the others have as many";
}

TEST(Health, NothingIsKnownWhereNobodyElseWorked) {
  Health health;
  for (int i = 0; i < 3; ++i) {
    health.ended(bad);
    EXPECT_FALSE(health.strike(bad));
  }
}

TEST(Health, TimeAsideDoublesToAQuarterOfAnHour) {
  Health health;
  for (const Nanos time : {60s, 120s, 240s, 480s, 900s, 900s}) EXPECT_EQ(health.set_aside(bad), time);
}

TEST(Health, ForgivenIsForgotten) {
  Health health;
  for (int i = 0; i < 100; ++i) health.ended(good);
  for (int i = 0; i < 3; ++i) health.strike(bad);
  health.forgive(bad);
  EXPECT_EQ(health.strikes(bad), 0U);
  EXPECT_FALSE(health.strike(bad));
}

}  // namespace
}  // namespace farm
