#include "core/estimate.hpp"

#include <gtest/gtest.h>

namespace farm {
namespace {

using namespace std::chrono_literals;

TEST(DurationEstimate, NothingBeforeTheFirst) {
  const DurationEstimate estimate;
  EXPECT_EQ(estimate.mean(), 0s);
  EXPECT_EQ(estimate.squared_variation(), 0);
}

TEST(DurationEstimate, FirstSamplesCountFully) {
  DurationEstimate estimate;
  for (const Nanos duration : {Nanos(1s), Nanos(2s), Nanos(3s)}) estimate.add(duration);
  EXPECT_NEAR(seconds(estimate.mean()), 2.0, 1e-6);
  EXPECT_NEAR(estimate.squared_variation(), (2.0 / 3.0) / 4.0, 1e-6);
}

TEST(DurationEstimate, EqualTasksDoNotVary) {
  DurationEstimate estimate;
  for (int i = 0; i < 1000; ++i) estimate.add(10ms);
  EXPECT_NEAR(seconds(estimate.mean()), 0.01, 1e-9);
  EXPECT_NEAR(estimate.squared_variation(), 0, 1e-9);
}

TEST(DurationEstimate, ForgetsWhatIsLongPast) {
  DurationEstimate estimate;
  for (int i = 0; i < 1000; ++i) estimate.add(1s);
  for (int i = 0; i < 1000; ++i) estimate.add(1ms);
  EXPECT_LT(seconds(estimate.mean()), 0.002);
}

}  // namespace
}  // namespace farm
