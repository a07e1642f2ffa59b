#include "node/vain_options.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace farm {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::StartsWith;

TEST(VainOptions, AGraceBeforeNoEnd) {
  RunOptions options;
  EXPECT_THAT(vain_options(options, 1), IsEmpty());
  options.grace_signal = 10;
  EXPECT_THAT(vain_options(options, 1), ElementsAre(StartsWith("--grace-signal has no effect")));
  options.grace = 10s;
  EXPECT_THAT(vain_options(options, 1), ElementsAre(StartsWith("--grace has no effect")));
  options.ends_at = 1'800'000'000s;
  EXPECT_THAT(vain_options(options, 1), IsEmpty());
}

TEST(VainOptions, SecondAttemptsNeedASecondRankThatRunsTasks) {
  RunOptions options;
  options.speculate = true;
  for (const int ranks : {1, 2}) {
    EXPECT_THAT(vain_options(options, ranks), ElementsAre(StartsWith("--speculate has no effect"))) << ranks;
  }
  EXPECT_THAT(vain_options(options, 3), IsEmpty());
  options.rank0_slots = 0;
  EXPECT_EQ(vain_options(options, 2).size(), 1U);
  options.rank0_slots = 1;
  EXPECT_THAT(vain_options(options, 2), IsEmpty());
}

}  // namespace
}  // namespace farm
