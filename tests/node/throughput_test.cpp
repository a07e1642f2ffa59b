#include "node/throughput.hpp"

#include <gtest/gtest.h>

namespace farm {
namespace {

using namespace std::chrono_literals;
constexpr TimePoint start{};

TEST(Throughput, SlotTimeFollowsTheSlots) {
  Throughput throughput(start);
  throughput.slots_changed(4, start + 1s);
  EXPECT_EQ(throughput.slot_time(start + 1s), 0s);
  EXPECT_EQ(throughput.slot_time(start + 3s), 8s);
  throughput.slots_changed(1, start + 3s);
  EXPECT_EQ(throughput.slot_time(start + 5s), 10s);
}

TEST(Throughput, BusyAddsUp) {
  Throughput throughput(start);
  throughput.attempt_ended(2s);
  throughput.attempt_ended(3s);
  EXPECT_EQ(throughput.busy(), 5s);
}

TEST(Throughput, TheRateIsThatOfTheLastMinute) {
  Throughput throughput(start);
  EXPECT_EQ(throughput.rate(start), 0);
  for (int second = 0; second < 30; ++second) {
    for (int i = 0; i < 10; ++i) throughput.task_settled(start + second * 1s);
  }
  EXPECT_NEAR(throughput.rate(start + 30s), 10, 0.5);
  for (int second = 30; second < 200; ++second) throughput.task_settled(start + second * 1s);
  EXPECT_NEAR(throughput.rate(start + 200s), 1, 0.1);
}

}  // namespace
}  // namespace farm
