#include "core/duration_histogram.hpp"

#include <gtest/gtest.h>

namespace farm {
namespace {

using namespace std::chrono_literals;

TEST(DurationHistogram, QuantilesAreRightWithinABucketAndNeverTooShort) {
  DurationHistogram histogram;
  EXPECT_EQ(histogram.quantile(0.95), 0ns);
  for (int i = 1; i <= 1000; ++i) histogram.add(Nanos(1ms) * i);
  for (const double share : {0.05, 0.5, 0.95, 0.99}) {
    EXPECT_GE(seconds(histogram.quantile(share)), share);
    EXPECT_LE(seconds(histogram.quantile(share)), share * 1.09);
  }
}

TEST(DurationHistogram, TakesWhatIsTooShortAndTooLong) {
  DurationHistogram histogram;
  histogram.add(0ns);
  EXPECT_LE(histogram.quantile(1), 2us);
  histogram.add(Nanos::max());
  EXPECT_GE(histogram.quantile(1), 24h * 365 * 100);
}

}  // namespace
}  // namespace farm
