#include "core/retry.hpp"

#include <gtest/gtest.h>

namespace farm {
namespace {

using namespace std::chrono_literals;

Outcome ended(Cause cause, std::int32_t code = 1, std::uint64_t peak = 0) {
  Outcome outcome;
  outcome.cause = cause;
  outcome.code = code;
  outcome.usage.peak_rss_bytes = peak;
  return outcome;
}

RetryVerdict ask(const Outcome& outcome, const RetryHistory& history, const RetryRule& rule = {},
                 const RetryLimits& limits = {}) {
  return judge(outcome, history, rule, limits, {TaskId{1}, Attempt{0}});
}

TEST(Retry, WhatFarmEndedIsNeverCharged) {
  for (const Cause cause : {Cause::cancelled, Cause::preempted, Cause::lost}) {
    const RetryVerdict verdict = ask(ended(cause), {.tries = 1});
    EXPECT_TRUE(verdict.again);
    EXPECT_FALSE(verdict.charged);
  }
}

TEST(Retry, ATaskThatTookDownThreeWorkersIsPoison) {
  EXPECT_TRUE(ask(ended(Cause::lost), {.crashes = 2}).again);
  EXPECT_FALSE(ask(ended(Cause::lost), {.crashes = 3}).again);
}

TEST(Retry, CountsTriesAndZeroIsWithoutLimit) {
  EXPECT_FALSE(ask(ended(Cause::exited), {.tries = 1}).again);
  EXPECT_TRUE(ask(ended(Cause::exited), {.tries = 3, .failures = 1}).again);
  EXPECT_FALSE(ask(ended(Cause::exited), {.tries = 3, .failures = 2}).again);
  EXPECT_TRUE(ask(ended(Cause::exited), {.tries = 0, .failures = 1'000'000}).again);
}

TEST(Retry, ARuleNamesTheCausesThatCount) {
  const RetryRule rule{{{.end = RetryCondition::End::exit, .code = 75},
                        {.end = RetryCondition::End::timeout, .growth = 2},
                        {.end = RetryCondition::End::signal}}};
  const RetryHistory history{.tries = 5};
  EXPECT_TRUE(ask(ended(Cause::exited, 75), history, rule).again);
  EXPECT_FALSE(ask(ended(Cause::exited, 74), history, rule).again);
  EXPECT_TRUE(ask(ended(Cause::signaled, 11), history, rule).again);
  EXPECT_FALSE(ask(ended(Cause::not_started, 2), history, rule).again);
  EXPECT_EQ(ask(ended(Cause::timed_out), history, rule).timeout_growth, 2);
}

TEST(Retry, MemoryGrowsUnchargedToWhatTheLargestNodeHas) {
  const RetryLimits limits{.most_memory = 500};
  RetryVerdict verdict = ask(ended(Cause::out_of_memory, 9, 100), {.tries = 1, .memory = 100}, {}, limits);
  EXPECT_TRUE(verdict.again);
  EXPECT_FALSE(verdict.charged);
  EXPECT_EQ(verdict.memory, 200U);
  EXPECT_EQ(ask(ended(Cause::out_of_memory, 9, 320), {.tries = 1, .memory = 100}, {}, limits).memory, 400U)
      << "a quarter over what was seen";
  EXPECT_EQ(ask(ended(Cause::out_of_memory), {.tries = 1, .memory = 300}, {}, limits).memory, 500U);
  EXPECT_FALSE(ask(ended(Cause::out_of_memory), {.tries = 1, .memory = 500}, {}, limits).again) << "no more to give";
  EXPECT_FALSE(ask(ended(Cause::out_of_memory), {.tries = 1, .growths = 3, .memory = 100}, {}, limits).again);
  const RetryRule rule{{{.end = RetryCondition::End::memory, .growth = 3}}};
  EXPECT_EQ(ask(ended(Cause::out_of_memory), {.tries = 1, .memory = 100}, rule, limits).memory, 300U);
}

TEST(Retry, PausesGrowAndSpreadButNeverPastAMinuteAndAHalf) {
  const RetryLimits limits{.most_memory = 0, .pause = 1s};
  for (std::uint32_t failures = 0; failures < 40; ++failures) {
    const Nanos pause = ask(ended(Cause::exited), {.tries = 0, .failures = failures}, {}, limits).pause;
    const Nanos middle = std::min<Nanos>(60s, Nanos(1s) * (std::int64_t{1} << std::min(failures, 16U)));
    EXPECT_GE(pause, middle / 2);
    EXPECT_LE(pause, middle * 3 / 2);
  }
  const auto pause_of = [&](std::uint64_t task) {
    return judge(ended(Cause::exited), {.tries = 0}, {}, limits, {TaskId{task}, Attempt{0}}).pause;
  };
  EXPECT_NE(pause_of(1), pause_of(2));
  EXPECT_EQ(pause_of(1), pause_of(1));
}

TEST(Retry, AProgramThatIsNotThereMayBeTheWorkersFault) {
  EXPECT_TRUE(may_be_the_workers_fault(ended(Cause::not_started, 2)));
  EXPECT_TRUE(may_be_the_workers_fault(ended(Cause::exited, 127)));
  EXPECT_FALSE(may_be_the_workers_fault(ended(Cause::exited, 1)));
  Outcome late = ended(Cause::exited, 127);
  late.usage.wall = 5s;
  EXPECT_FALSE(may_be_the_workers_fault(late)) << "it did something before";
}

}  // namespace
}  // namespace farm
