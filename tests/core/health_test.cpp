#include "core/health.hpp"

#include <gtest/gtest.h>

namespace farm {
namespace {

using namespace std::chrono_literals;

constexpr Rank bad{1};
constexpr Rank good{2};
using End = Health::End;

TEST(Health, ThreeFailuresThatOthersDidNotHaveAreEnoughAmongMany) {
  Health health;
  for (int i = 0; i < 100; ++i) health.ended(good, End::well);
  for (int i = 0; i < 3; ++i) health.ended(bad, End::badly_at_once);
  EXPECT_FALSE(health.strike(bad));
  EXPECT_FALSE(health.strike(bad));
  EXPECT_TRUE(health.strike(bad));
  EXPECT_EQ(health.strikes(bad), 3U);
}

TEST(Health, AFewBadOnesAmongManyGoodAreChance) {
  Health health;
  for (int i = 0; i < 1000; ++i) {
    health.ended(good, End::well);
    health.ended(bad, End::badly_at_once);
  }
  for (int i = 0; i < 5; ++i) health.strike(good);
  for (int i = 0; i < 6; ++i) EXPECT_FALSE(health.strike(bad)) << "the others have as many";
}

TEST(Health, NothingIsKnownWhereNobodyElseWorked) {
  Health health;
  for (int i = 0; i < 3; ++i) {
    health.ended(bad, End::badly_at_once);
    EXPECT_FALSE(health.strike(bad));
  }
}

TEST(Health, TimeAsideDoublesToAQuarterOfAnHour) {
  Health health;
  for (const Nanos time : {60s, 120s, 240s, 480s, 900s, 900s}) EXPECT_EQ(health.set_aside(bad), time);
}

TEST(Health, ForgivenIsForgotten) {
  Health health;
  for (int i = 0; i < 100; ++i) health.ended(good, End::well);
  for (int i = 0; i < 3; ++i) health.strike(bad);
  health.forgive(bad);
  EXPECT_EQ(health.strikes(bad), 0U);
  EXPECT_FALSE(health.strike(bad));
}

TEST(Health, WhoFailsFasterThanOthersWorkIsRacing) {
  Health health;
  for (int i = 0; i < 9; ++i) health.ended(bad, End::badly_at_once);
  EXPECT_FALSE(health.is_racing(bad, 4)) << "anybody may begin with a few";
  health.ended(bad, End::badly_at_once);
  EXPECT_TRUE(health.is_racing(bad, 4));
  EXPECT_FALSE(health.is_racing(bad, 0)) << "there is nobody else";
  for (int i = 0; i < 4; ++i) health.ended(good, End::badly_at_once);
  EXPECT_FALSE(health.is_racing(bad, 4)) << "one for each of the others makes room for ten";
  health.ended(bad, End::well);
  for (int i = 0; i < 100; ++i) health.ended(bad, End::badly_at_once);
  EXPECT_FALSE(health.is_racing(bad, 4)) << "it can do better";
}

TEST(Health, LooksBadWhereTheOthersLookGood) {
  Health health;
  for (int i = 0; i < 3; ++i) health.ended(bad, End::badly_at_once);
  EXPECT_FALSE(health.looks_bad(bad)) << "as if the tasks were";
  for (int i = 0; i < 30; ++i) health.ended(good, End::well);
  EXPECT_TRUE(health.looks_bad(bad));
  for (int i = 0; i < 30; ++i) health.ended(good, End::badly_at_once);
  EXPECT_FALSE(health.looks_bad(bad)) << "every other one of them ends so there, too";
}

}  // namespace
}  // namespace farm
