#include "shepherd/memory_watch.hpp"

#include <gtest/gtest.h>

#include <csignal>

#include "shepherd/rank_fixture.hpp"

namespace farm {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t mebibyte = 1 << 20;

TEST(NextLook, IsTheSoonerTheFasterATaskGrows) {
  const auto next = [](std::uint64_t used, std::uint64_t before, Nanos since) {
    return next_look_after({.limit = 1000, .used = used, .used_before = before, .since = since});
  };
  EXPECT_EQ(next(500, 500, 100ms), longest_look_pause) << "it does not grow";
  EXPECT_EQ(next(400, 500, 100ms), longest_look_pause);
  EXPECT_EQ(next(100, 0, 0ns), longest_look_pause) << "nobody knows how fast";
  EXPECT_EQ(next(500, 300, 100ms), 125ms) << "half of the 250 ms to the limit";
  EXPECT_EQ(next(900, 100, 100ms), shortest_look_pause);
  EXPECT_EQ(next(1000, 1000, 100ms), shortest_look_pause) << "at the limit";
  EXPECT_EQ(next(2000, 0, 100ms), shortest_look_pause);
  EXPECT_EQ(next(500, 499, 1ms), longest_look_pause);
}

TEST(AffordablePause, IsLongerWhereLookingTakesLong) {
  EXPECT_EQ(affordable_pause(50ms, 100us), 50ms);
  EXPECT_EQ(affordable_pause(50ms, 10ms), 500ms);
}

TEST(NearLimit, IsTheLastTwentieth) {
  EXPECT_TRUE(is_near_limit(95, 100));
  EXPECT_TRUE(is_near_limit(300, 100));
  EXPECT_FALSE(is_near_limit(94, 100));
  EXPECT_FALSE(is_near_limit(94, 0)) << "no limit";
}

LaunchRequest limited(const std::string& command, std::uint64_t limit) {
  LaunchRequest request;
  request.command = command;
  request.memory = limit;
  return request;
}

// Holds so many MiB for good; what it is stopped by is the limit.
std::string hold(int mebibytes) { return std::string(FARM_TEST_ALLOCATE) + " " + std::to_string(mebibytes) + " hold"; }

TEST(MemoryLimit, EndsWhatUsesMore) {
  as_rank([](TestRank& rank) {
    const auto task = rank.run(limited(hold(300), 100 * mebibyte));
    EXPECT_EQ(task.outcome.cause, Cause::out_of_memory);
    EXPECT_EQ(task.outcome.code, SIGKILL);
    EXPECT_GT(task.outcome.usage.peak_rss_bytes, 100 * mebibyte);
    EXPECT_NE(task.err.find("may use 100 MiB"), std::string::npos) << task.err;
  });
}

TEST(MemoryLimit, LeavesWhatKeepsToIt) {
  as_rank([](TestRank& rank) {
    const auto task = rank.run(limited("sleep 0.3; exec " FARM_TEST_ALLOCATE " 30", 100 * mebibyte));
    EXPECT_TRUE(succeeded(task.outcome)) << task.err;
    EXPECT_LT(task.outcome.usage.peak_rss_bytes, 100 * mebibyte);
  });
}

TEST(MemoryLimit, HoldsForAllProcessesTogetherAlsoThoseThatLeft) {
  as_rank([](TestRank& rank) {
    const std::string one = hold(60);
    const auto task =
        rank.run(limited(one + " & setsid " + one + " & (setsid " + one + " &) ; exec sleep 1000", 150 * mebibyte));
    EXPECT_EQ(task.outcome.cause, Cause::out_of_memory);
    EXPECT_GT(task.outcome.usage.peak_rss_bytes, 150 * mebibyte) << "of the whole tree";
    EXPECT_TRUE(descendants(rank.client.shepherd(), ::getpid()).empty()) << "all of it is gone";
  });
}

TEST(MemoryLimit, DoesNotTouchTheNeighbours) {
  as_rank([](TestRank& rank) {
    const LaunchKey limited_one = rank.launch(limited("echo one; exec sleep 1000", 100 * mebibyte));
    const LaunchKey free_one = rank.launch(hold(200));
    EXPECT_EQ(rank.run(limited(hold(300), 100 * mebibyte)).outcome.cause, Cause::out_of_memory);
    EXPECT_FALSE(rank.events.tasks[limited_one].over);
    EXPECT_FALSE(rank.events.tasks[free_one].over);
    rank.client.stop(limited_one);
    rank.client.stop(free_one);
    EXPECT_EQ(rank.await_end(limited_one).outcome.cause, Cause::cancelled);
    EXPECT_EQ(rank.await_end(free_one).outcome.cause, Cause::cancelled);
  });
}

TEST(MemoryLimit, IsWhatAKillFromOutsideNearItWasFor) {
  as_rank([](TestRank& rank) {
    const std::string kill = " " + std::string(FARM_TEST_ALLOCATE) + " 97 kill";
    EXPECT_EQ(rank.run(limited("exec" + kill, 100 * mebibyte)).outcome.cause, Cause::out_of_memory);
    const auto of_shell = rank.run(limited(kill + "; exit $?", 100 * mebibyte));
    EXPECT_EQ(of_shell.outcome.cause, Cause::out_of_memory) << "what a shell says of its child";
    EXPECT_EQ(of_shell.outcome.code, SIGKILL);
    EXPECT_NE(of_shell.err.find("probably"), std::string::npos) << of_shell.err;
    EXPECT_EQ(rank.run(limited("exec" + kill, 300 * mebibyte)).outcome.cause, Cause::signaled) << "far from it";
    EXPECT_EQ(rank.run("exec" + kill).outcome.cause, Cause::signaled) << "no limit";
    EXPECT_EQ(rank.run(limited(std::string(FARM_TEST_ALLOCATE) + " 97; exit 3", 100 * mebibyte)).outcome.cause,
              Cause::exited);
  });
}

TEST(MemoryLimit, HoldsWhileATaskIsBeingStopped) {
  as_rank([](TestRank& rank) {
    LaunchRequest request =
        limited("trap '" + hold(300) + "' USR1; echo ready; while :; do sleep 0.01; done", 100 * mebibyte);
    request.stream_output = true;
    const LaunchKey key = rank.launch(request);
    ASSERT_TRUE(rank.await([&] { return rank.events.tasks[key].out == "ready\n"; }));
    rank.client.stop(key, {.cause = Cause::preempted, .signal = SIGUSR1, .grace = 1h});
    const auto task = rank.await_end(key);
    EXPECT_EQ(task.outcome.cause, Cause::preempted) << "what ended it first";
    EXPECT_EQ(task.outcome.code, SIGKILL);
  });
}

}  // namespace
}  // namespace farm
