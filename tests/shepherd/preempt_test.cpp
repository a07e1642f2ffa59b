// Attempts that are stopped with a signal and a time of the caller's choice.
#include <gtest/gtest.h>

#include <csignal>

#include "shepherd/rank_fixture.hpp"

namespace farm {
namespace {

using namespace std::chrono_literals;

LaunchKey launch_until_ready(TestRank& rank, const std::string& command) {
  LaunchRequest request;
  request.command = command;
  request.stream_output = true;
  const LaunchKey key = rank.launch(request);
  EXPECT_TRUE(rank.await([&] { return rank.events.tasks[key].out.find("ready\n") != std::string::npos; }));
  return key;
}

TEST(Preempt, GivesATaskItsSignalAndTime) {
  as_rank([](TestRank& rank) {
    const LaunchKey key =
        launch_until_ready(rank, "trap 'sleep 0.5; echo saved; exit 0' USR1; echo ready; while :; do sleep 0.01; done");
    rank.client.stop(key, {.cause = Cause::preempted, .signal = SIGUSR1, .grace = 1h});
    const auto task = rank.await_end(key);
    EXPECT_EQ(task.outcome.cause, Cause::preempted);
    EXPECT_EQ(task.outcome.code, 0);
    EXPECT_EQ(task.out, "ready\nsaved\n");
  });
}

TEST(Preempt, EndsWhatDoesNotUseItsTime) {
  as_rank([](TestRank& rank) {
    const LaunchKey key = launch_until_ready(rank, "trap '' USR1; echo ready; while :; do sleep 0.01; done");
    rank.client.stop(key, {.cause = Cause::preempted, .signal = SIGUSR1, .grace = 100ms});
    const auto task = rank.await_end(key);
    EXPECT_EQ(task.outcome.cause, Cause::preempted);
    EXPECT_EQ(task.outcome.code, SIGTERM) << "the usual sequence follows";
    EXPECT_GE(task.outcome.usage.wall, 100ms);
  });
}

TEST(Preempt, TakesAllOfATasksProcesses) {
  as_rank([](TestRank& rank) {
    const LaunchKey key =
        launch_until_ready(rank, "(trap '' USR1; setsid sleep 1000 & sleep 1000) & echo ready; exec sleep 1000");
    rank.client.stop(key, {.cause = Cause::preempted, .signal = SIGUSR1, .grace = 50ms});
    EXPECT_EQ(rank.await_end(key).outcome.code, SIGUSR1);
    EXPECT_TRUE(descendants(rank.client.shepherd(), ::getpid()).empty());
  });
}

TEST(Preempt, MayKillAtOnce) {
  as_rank([](TestRank& rank) {
    const LaunchKey key = launch_until_ready(rank, "trap 'echo heard' TERM; echo ready; while :; do sleep 0.01; done");
    rank.client.stop(key, {.cause = Cause::preempted, .signal = SIGKILL});
    const auto task = rank.await_end(key);
    EXPECT_EQ(task.outcome.code, SIGKILL);
    EXPECT_EQ(task.out, "ready\n");
  });
}

TEST(Preempt, WithoutASignalIsTheUsualSequence) {
  as_rank([](TestRank& rank) {
    const LaunchKey key = launch_until_ready(rank, "echo ready; exec sleep 1000");
    rank.client.stop(key, {.cause = Cause::preempted, .signal = 0, .grace = 1h});
    const Outcome outcome = rank.await_end(key).outcome;
    EXPECT_EQ(outcome.cause, Cause::preempted);
    EXPECT_EQ(outcome.code, SIGTERM);
  });
}

TEST(Preempt, IsCutShortByWhoHasLessPatience) {
  as_rank([](TestRank& rank) {
    for (const StopOrder& second : {StopOrder{}, StopOrder{.signal = SIGUSR1, .grace = 10ms},
                                    StopOrder{.cause = Cause::out_of_memory, .signal = SIGKILL}}) {
      const LaunchKey key = launch_until_ready(rank, "trap '' USR1; echo ready; exec sleep 1000");
      rank.client.stop(key, {.cause = Cause::preempted, .signal = SIGUSR1, .grace = 1h});
      rank.client.stop(key, second);
      const Outcome outcome = rank.await_end(key).outcome;
      EXPECT_EQ(outcome.cause, Cause::preempted) << "what ended it first";
      EXPECT_EQ(outcome.code, second.signal == SIGKILL ? SIGKILL : SIGTERM);
    }
  });
}

TEST(Preempt, MayTakeAsLongAsItTakes) {
  as_rank([](TestRank& rank) {
    const LaunchKey key =
        launch_until_ready(rank, "trap 'sleep 0.3; exit 4' USR1; echo ready; while :; do sleep 0.01; done");
    rank.client.stop(key, {.cause = Cause::preempted, .signal = SIGUSR1, .grace = Nanos::max()});
    EXPECT_GE(rank.await_end(key).outcome.usage.wall, 300ms);
    const LaunchKey other = launch_until_ready(rank, "trap '' USR1; echo ready; exec sleep 1000");
    rank.client.stop(other, {.cause = Cause::preempted, .signal = SIGUSR1, .grace = Nanos::min()});
    EXPECT_EQ(rank.await_end(other).outcome.code, SIGTERM) << "no patience at all";
  });
}

TEST(Preempt, IsNotDrawnOut) {
  as_rank([](TestRank& rank) {
    const LaunchKey key = launch_until_ready(rank, "trap '' TERM; echo ready; while :; do sleep 0.01; done");
    rank.client.stop(key);
    rank.client.stop(key, {.cause = Cause::preempted, .signal = SIGUSR1, .grace = 1h});
    const Outcome outcome = rank.await_end(key).outcome;
    EXPECT_EQ(outcome.cause, Cause::cancelled);
    EXPECT_EQ(outcome.code, SIGKILL);
  });
}

}  // namespace
}  // namespace farm
