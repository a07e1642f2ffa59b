#include "core/halt.hpp"

#include <gtest/gtest.h>

namespace farm {
namespace {

using When = HaltRule::When;
using Why = HaltRule::Why;

TEST(HaltWatch, NeverIsNeverMet) {
  HaltWatch watch({}, 10);
  EXPECT_FALSE(watch.is_active());
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(watch.settled(false));
}

TEST(HaltWatch, CountsWhatItIsAbout) {
  HaltWatch fails({.when = When::soon, .why = Why::fail, .count = 2}, {});
  EXPECT_FALSE(fails.settled(false));
  EXPECT_FALSE(fails.settled(true));
  EXPECT_TRUE(fails.settled(false));
  EXPECT_FALSE(fails.settled(false)) << "only once";

  HaltWatch successes({.when = When::now, .why = Why::success, .count = 1}, {});
  EXPECT_FALSE(successes.settled(false));
  EXPECT_TRUE(successes.settled(true));

  HaltWatch done({.when = When::soon, .why = Why::done, .count = 2}, {});
  EXPECT_FALSE(done.settled(false));
  EXPECT_TRUE(done.settled(true));
}

TEST(HaltWatch, PercentagesAreOfAllTasks) {
  HaltWatch watch({.when = When::soon, .why = Why::fail, .percent = 25}, 20);
  for (int i = 0; i < 4; ++i) EXPECT_FALSE(watch.settled(false));
  EXPECT_TRUE(watch.settled(false));
}

TEST(HaltWatch, APercentageOfNobodyKnowsIsNeverMet) {
  HaltWatch watch({.when = When::soon, .why = Why::fail, .percent = 1}, {});
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(watch.settled(false));
}

}  // namespace
}  // namespace farm
