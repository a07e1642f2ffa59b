// How tasks are made to end, with all that belongs to them.
#include <gtest/gtest.h>

#include <csignal>

#include "shepherd/rank_fixture.hpp"

namespace farm {
namespace {

std::size_t family_size(const TestRank& rank) { return descendants(rank.client.shepherd(), ::getpid()).size(); }

LaunchRequest with_timeout(const std::string& command, Nanos timeout) {
  LaunchRequest request;
  request.command = command;
  request.timeout = timeout;
  return request;
}

/// Launches, waits for the task to say it is ready, and stops it.
Recorder::Task run_and_stop(TestRank& rank, const std::string& command) {
  LaunchRequest request;
  request.command = command;
  request.stream_output = true;
  const LaunchKey key = rank.launch(request);
  EXPECT_TRUE(rank.await([&] { return rank.events.tasks[key].out.find("ready\n") != std::string::npos; }));
  rank.client.stop(key);
  return rank.await_end(key);
}

TEST(Stop, ends_a_task) {
  as_rank([](TestRank& rank) {
    const Outcome outcome = run_and_stop(rank, "echo ready; exec sleep 1000").outcome;
    EXPECT_EQ(outcome.cause, Cause::cancelled);
    EXPECT_EQ(outcome.code, SIGTERM);
  });
}

TEST(Stop, lets_a_task_clean_up) {
  as_rank([](TestRank& rank) {
    const auto task = run_and_stop(rank, "trap 'echo bye; exit 3' TERM; echo ready; while :; do sleep 0.01; done");
    EXPECT_EQ(task.outcome.cause, Cause::cancelled);
    EXPECT_EQ(task.outcome.code, 0);
    EXPECT_EQ(task.out, "ready\nbye\n");
  });
}

TEST(Stop, kills_what_does_not_listen) {
  as_rank([](TestRank& rank) {
    const Outcome outcome = run_and_stop(rank, "trap '' TERM; echo ready; while :; do sleep 0.01; done").outcome;
    EXPECT_EQ(outcome.cause, Cause::cancelled);
    EXPECT_EQ(outcome.code, SIGKILL);
    EXPECT_GE(outcome.usage.wall, std::chrono::milliseconds(350));
  });
}

TEST(Stop, reaches_a_stopped_task) {
  as_rank([](TestRank& rank) { EXPECT_EQ(run_and_stop(rank, "echo ready; kill -STOP $$").outcome.code, SIGTERM); });
}

TEST(Stop, takes_the_whole_session) {
  as_rank([](TestRank& rank) {
    run_and_stop(rank, "sleep 1000 & (sleep 1000 & sleep 1000) & echo ready; wait");
    EXPECT_EQ(family_size(rank), 0U);
  });
}

TEST(Stop, takes_what_left_the_session) {
  as_rank([](TestRank& rank) {
    run_and_stop(rank, "setsid sleep 1000 & (setsid sh -c 'sleep 1000 & sleep 1000' &) ; echo ready; exec sleep 1000");
    EXPECT_EQ(family_size(rank), 0U);
  });
}

TEST(Stop, takes_what_outlives_its_parent_and_ignores_signals) {
  as_rank([](TestRank& rank) {
    const auto task = run_and_stop(
        rank,
        "(setsid sh -c 'trap \"\" TERM; while :; do sleep 0.01; done' &); sleep 0.1; echo ready; exec sleep 1000");
    EXPECT_EQ(task.outcome.code, SIGTERM);
    EXPECT_EQ(family_size(rank), 0U);
  });
}

TEST(Stop, leaves_other_tasks_alone) {
  as_rank([](TestRank& rank) {
    const LaunchKey other = rank.launch("setsid sleep 0.7; echo other");
    run_and_stop(rank, "echo ready; trap '' TERM; while :; do sleep 0.01; done");
    EXPECT_EQ(rank.await_end(other).out, "other\n");
  });
}

TEST(Stop, of_an_unknown_or_ended_task_is_ignored) {
  as_rank([](TestRank& rank) {
    rank.client.stop({TaskId{99}, Attempt{0}});
    const LaunchKey key = rank.launch("true");
    rank.await_end(key);
    rank.client.stop(key);
    EXPECT_TRUE(succeeded(rank.run("true").outcome));
  });
}

TEST(Stop, of_many_at_once) {
  as_rank([](TestRank& rank) {
    std::vector<LaunchKey> keys;
    for (int i = 0; i < 50; ++i) keys.push_back(rank.launch("sleep 1000 & sleep 1000"));
    ASSERT_TRUE(rank.await([&] { return family_size(rank) >= 150; }));
    for (const LaunchKey key : keys) rank.client.stop(key);
    ASSERT_TRUE(rank.await([&] { return rank.events.over == keys.size(); }));
    EXPECT_EQ(family_size(rank), 0U);
  });
}

TEST(Timeout, ends_a_task_and_says_so) {
  as_rank([](TestRank& rank) {
    const auto task = rank.run(with_timeout("echo before; exec sleep 1000", std::chrono::milliseconds(100)));
    EXPECT_EQ(task.outcome.cause, Cause::timed_out);
    EXPECT_EQ(task.outcome.code, SIGTERM);
    EXPECT_EQ(task.out, "before\n");
    EXPECT_GE(task.outcome.usage.wall, std::chrono::milliseconds(100));
  });
}

TEST(Timeout, does_not_touch_what_is_in_time) {
  as_rank([](TestRank& rank) {
    EXPECT_TRUE(succeeded(rank.run(with_timeout("sleep 0.05", std::chrono::seconds(60))).outcome));
  });
}

TEST(Daemon, stays_until_the_rank_leaves) {
  std::array<int, 2> pipe{};
  ASSERT_EQ(::pipe(pipe.data()), 0);
  as_rank([&](TestRank& rank) {
    const auto task = rank.run("setsid sleep 1000 >/dev/null 2>&1 & echo $!");
    const pid_t daemon = std::stoi(task.out);
    EXPECT_TRUE(is_alive(daemon));
    EXPECT_EQ(::write(pipe[1], &daemon, sizeof daemon), ssize_t{sizeof daemon});
  });
  pid_t daemon = 0;
  ASSERT_EQ(::read(pipe[0], &daemon, sizeof daemon), ssize_t{sizeof daemon});
  EXPECT_FALSE(is_alive(daemon));
  ::close(pipe[0]);
  ::close(pipe[1]);
}

}  // namespace
}  // namespace farm
