#include "core/batching.hpp"

#include <gtest/gtest.h>

namespace farm {
namespace {

using namespace std::chrono_literals;

BatchingInput many(Nanos mean) {
  return {.mean = mean, .squared_variation = 0, .samples = 1000, .slots = 4, .waiting = 100'000, .all_known = false};
}

TEST(Batching, NothingIsQueuedForLongTasks) {
  EXPECT_EQ(choose_batching(many(1s)), Batching{});
  EXPECT_EQ(choose_batching(many(10min)), Batching{});
}

TEST(Batching, ShortTasksAreQueued) {
  const Batching batching = choose_batching(many(1ms));
  EXPECT_GE(batching.queue_per_slot, 2U);
  EXPECT_GT(batching.report_within, 0ns);
  EXPECT_LE(batching.report_within, 5ms);
  EXPECT_GT(choose_batching(many(10us)).queue_per_slot, batching.queue_per_slot);
}

TEST(Batching, ResultsAreHeldBackForABusyMaster) {
  BatchingInput input = many(11ms);
  input.samples = 100'000;
  input.workers = input.slots = 64;
  EXPECT_LE(choose_batching(input).report_within, 5ms) << "5,800 tasks/s are nothing to it";
  input.workers = input.slots = 4096;
  const Batching busy = choose_batching(input);
  EXPECT_GT(busy.report_within, 20ms) << "372,000 tasks/s, each in a message of its own, are too many";
  EXPECT_LE(busy.report_within, 100ms);
  EXPECT_GT(busy.queue_per_slot * input.mean, busy.report_within) << "nobody runs dry meanwhile";
  input.workers = 64;
  EXPECT_LT(choose_batching(input).report_within, busy.report_within) << "fewer workers have fewer messages";
}

TEST(Batching, NothingIsQueuedBeforeEverySlotHasReported) {
  BatchingInput input = many(1ms);
  input.samples = 3;
  EXPECT_EQ(choose_batching(input), Batching{});
  input.mean = 0ns;
  input.samples = 1000;
  EXPECT_EQ(choose_batching(input), Batching{});
}

TEST(Batching, TheTailIsSharedOut) {
  BatchingInput input = many(1ms);
  input.all_known = true;
  input.waiting = 8;
  EXPECT_LE(choose_batching(input).queue_per_slot, 1U);
  input.squared_variation = 1;
  EXPECT_EQ(choose_batching(input).queue_per_slot, 0U);
  input.waiting = 0;
  EXPECT_EQ(choose_batching(input), Batching{});
}

TEST(Batching, NobodyHoardsMoreThanASecond) {
  for (const Nanos mean : {Nanos(1us), Nanos(100us), Nanos(1ms), Nanos(100ms)}) {
    EXPECT_LE(mean * choose_batching(many(mean)).queue_per_slot, 1s);
  }
}

}  // namespace
}  // namespace farm
