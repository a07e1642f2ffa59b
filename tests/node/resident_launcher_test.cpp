#include "node/resident_launcher.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <functional>
#include <map>
#include <utility>
#include <vector>

namespace farm {
namespace {

using namespace std::chrono_literals;

class ManualClock final : public Clock {
 public:
  TimePoint now() const override { return now_; }
  Nanos wall() const override { return now_ - TimePoint{}; }
  void advance(Nanos time) { now_ += time; }

 private:
  TimePoint now_ = TimePoint{} + std::chrono::hours(1);
};

// Programs as the shepherd would start them: the test reads what they are told and says what they do.
struct Programs final : Launcher {
  void launch(LaunchRequest request) override {
    if (!request.stdin_pipe.empty()) input = UniqueFd(::open(request.stdin_pipe.c_str(), O_RDONLY | O_NONBLOCK));
    launched.push_back(std::move(request));
  }
  void stop(LaunchKey key, const StopOrder& order) override { stopped.emplace_back(key, order); }
  void consumed(LaunchKey, Stream, std::size_t bytes) override { returned += bytes; }
  void beat() override {}
  bool turn(LaunchEvents& events) override {
    const auto due = std::exchange(happens, {});
    for (const auto& one : due) one(events);
    return !due.empty();
  }
  int fd() const override { return -1; }
  bool wants_write() const override { return false; }

  LaunchKey last() const { return {launched.back().task, launched.back().attempt}; }
  void prints(LaunchKey key, std::string text, Stream stream = Stream::out) {
    happens.push_back([=](LaunchEvents& events) { events.output(key, stream, text); });
  }
  void ends(LaunchKey key, Cause cause, int code) {
    Outcome outcome;
    outcome.cause = cause;
    outcome.code = code;
    happens.push_back([=](LaunchEvents& events) { events.ended(key, outcome, {}, {}); });
  }
  std::string told() {
    char text[4096];
    const ssize_t bytes = ::read(input.get(), text, sizeof text);
    return {text, bytes > 0 ? static_cast<std::size_t>(bytes) : 0};
  }

  std::vector<LaunchRequest> launched;
  std::vector<std::pair<LaunchKey, StopOrder>> stopped;
  std::size_t returned = 0;
  std::vector<std::function<void(LaunchEvents&)>> happens;
  UniqueFd input;
};

struct Ends final : LaunchEvents {
  void output(LaunchKey key, Stream stream, std::string_view bytes) override {
    (stream == Stream::out ? out : err)[key] += bytes;
  }
  void ended(LaunchKey key, const Outcome& outcome, std::string_view rest, std::string_view errors) override {
    ASSERT_TRUE(ended_as.emplace(key, outcome).second) << "an attempt ends once";
    out[key] += rest;
    err[key] += errors;
  }
  void signalled(int) override {}
  std::map<LaunchKey, Outcome> ended_as;
  std::map<LaunchKey, std::string> out;
  std::map<LaunchKey, std::string> err;
};

constexpr LaunchKey first{TaskId{0}, Attempt{0}};
constexpr LaunchKey second{TaskId{1}, Attempt{0}};

class ResidentLauncherTest : public testing::Test {
 protected:
  void give(LaunchKey key, const std::string& text, Nanos timeout = 0s) {
    launcher_.launch(
        {.task = key.task, .attempt = key.attempt, .slot = 3, .command = text, .timeout = timeout, .resident = "p"});
  }
  void turn() { launcher_.turn(ends_); }

  Programs programs_;
  Poller poller_;
  ManualClock clock_;
  Ends ends_;
  ResidentLauncher launcher_{programs_, poller_, clock_, {.most_tasks = 3}};
};

TEST_F(ResidentLauncherTest, OneProcessGetsALineForEachTask) {
  give(first, "a");
  ASSERT_EQ(programs_.launched.size(), 1U);
  EXPECT_EQ(programs_.launched[0].command, "p");
  EXPECT_EQ(programs_.told(), "a\n");
  clock_.advance(2s);
  programs_.prints(programs_.last(), "A");
  programs_.prints(programs_.last(), "\n");
  turn();
  EXPECT_EQ(ends_.out[first], "A\n");
  EXPECT_EQ(ends_.ended_as.at(first).usage.wall, 2s);
  EXPECT_EQ(programs_.returned, 2U) << "its window is never full";
  give(second, "b");
  EXPECT_EQ(programs_.told(), "b\n");
  EXPECT_EQ(programs_.launched.size(), 1U);
}

TEST_F(ResidentLauncherTest, ErrorsThatComeBehindTheAnswerAreTheTasks) {
  give(first, "a");
  programs_.prints(programs_.last(), "A\n");
  programs_.prints(programs_.last(), "oh\n", Stream::err);
  turn();
  EXPECT_EQ(ends_.err[first], "oh\n");
}

TEST_F(ResidentLauncherTest, AStartIsNotTheTasksTime) {
  give(first, "a", 10s);
  clock_.advance(9s);
  programs_.prints(programs_.last(), "ready\n");
  turn();
  EXPECT_EQ(launcher_.next_due(), clock_.now() + 10s);
  clock_.advance(1s);
  programs_.prints(programs_.last(), "A\n");
  turn();
  EXPECT_EQ(ends_.ended_as.at(first).usage.wall, 1s);
}

TEST_F(ResidentLauncherTest, ATimeoutEndsTheProcessAndThenTheTask) {
  give(first, "a", 10s);
  clock_.advance(10s);
  turn();
  ASSERT_EQ(programs_.stopped.size(), 1U);
  EXPECT_EQ(programs_.stopped[0].second.cause, Cause::timed_out);
  programs_.ends(programs_.last(), Cause::timed_out, SIGTERM);
  turn();
  EXPECT_EQ(ends_.ended_as.at(first).cause, Cause::timed_out);
  EXPECT_TRUE(launcher_.is_idle());
  give(second, "b");
  EXPECT_EQ(programs_.launched.size(), 2U);
}

TEST_F(ResidentLauncherTest, WhatIsSaidAfterAStopIsNoAnswer) {
  give(first, "a", 10s);
  clock_.advance(10s);
  turn();
  programs_.prints(programs_.last(), "terminated\n");
  turn();
  EXPECT_TRUE(ends_.ended_as.empty());
  programs_.ends(programs_.last(), Cause::timed_out, 0);
  turn();
  EXPECT_EQ(ends_.ended_as.at(first).cause, Cause::timed_out);
  EXPECT_EQ(ends_.out[first], "");
}

TEST_F(ResidentLauncherTest, AStoppedProcessGetsNoOtherTask) {
  give(first, "a");
  programs_.prints(programs_.last(), "A\n");
  launcher_.stop(first, {});
  turn();
  give(second, "b");
  EXPECT_EQ(programs_.launched.size(), 2U);
}

TEST_F(ResidentLauncherTest, WhatWasNotEvenReadIsAskedOnceMore) {
  give(first, "a");
  EXPECT_EQ(programs_.told(), "a\n");
  programs_.prints(programs_.last(), "A\n");
  turn();
  give(second, "b");  // nobody reads it
  programs_.ends(programs_.last(), Cause::exited, 0);
  turn();
  ASSERT_EQ(programs_.launched.size(), 2U);
  EXPECT_EQ(programs_.told(), "b\n");
  programs_.ends(programs_.last(), Cause::exited, 0);
  turn();
  EXPECT_EQ(ends_.ended_as.at(second).code, 1) << "but no more than once, and not by one that answers nothing";
}

TEST_F(ResidentLauncherTest, OneThatStaysWithoutInputIsEnded) {
  give(first, "a");
  programs_.prints(programs_.last(), "A\n");
  turn();
  launcher_.retire();
  programs_.prints(programs_.last(), "my last words\n");
  turn();
  EXPECT_TRUE(programs_.stopped.empty()) << "it may say what it likes";
  clock_.advance(1s);
  EXPECT_LE(launcher_.next_due(), clock_.now());
  turn();
  EXPECT_EQ(programs_.stopped.size(), 1U);
  turn();
  EXPECT_EQ(programs_.stopped.size(), 1U);
}

TEST_F(ResidentLauncherTest, ErrorsThatNobodyTakesMakeItWait) {
  give(first, "a");
  programs_.prints(programs_.last(), "oh\n", Stream::err);
  turn();
  EXPECT_EQ(programs_.returned, 0U);
  launcher_.consumed(first, Stream::err, 2);
  EXPECT_EQ(programs_.returned, 2U);
  programs_.prints(programs_.last(), "A\n");
  turn();
  EXPECT_EQ(programs_.returned, 5U) << "the rest is given back at its end";
}

TEST_F(ResidentLauncherTest, OneThatLeavesWithoutAnAnswerHasFailed) {
  give(first, "a");
  programs_.ends(programs_.last(), Cause::exited, 0);
  turn();
  EXPECT_EQ(ends_.ended_as.at(first).code, 1);
  EXPECT_NE(ends_.err[first].find("before it answered"), std::string::npos);
}

TEST_F(ResidentLauncherTest, AnAnswerInItsLastWordsCounts) {
  give(first, "a");
  programs_.prints(programs_.last(), "A\n");
  programs_.ends(programs_.last(), Cause::signaled, SIGSEGV);
  turn();
  EXPECT_EQ(ends_.ended_as.at(first).code, 0);
  EXPECT_EQ(ends_.ended_as.at(first).cause, Cause::exited);
}

TEST_F(ResidentLauncherTest, WhatNobodyAskedForEndsTheProcess) {
  give(first, "a");
  programs_.prints(programs_.last(), "A\n");
  turn();
  programs_.prints(programs_.last(), "and one more\n");
  turn();
  ASSERT_EQ(programs_.stopped.size(), 1U);
  give(second, "b");
  EXPECT_EQ(programs_.launched.size(), 2U);
}

TEST_F(ResidentLauncherTest, MoreThanALineIsNoAnswer) {
  give(first, "a");
  programs_.prints(programs_.last(), "A\nB\n");
  turn();
  EXPECT_EQ(ends_.ended_as.at(first).code, 1);
  EXPECT_EQ(programs_.stopped.size(), 1U);
}

TEST_F(ResidentLauncherTest, AProcessIsReplacedAfterSoManyTasks) {
  for (std::uint64_t i = 0; i < 3; ++i) {
    give({TaskId{i}, Attempt{0}}, "a");
    programs_.prints(programs_.last(), "A\n");
    turn();
  }
  EXPECT_EQ(programs_.told(), "a\na\na\n");
  EXPECT_EQ(programs_.told(), "") << "the end of its input";
  give({TaskId{3}, Attempt{0}}, "d");
  EXPECT_EQ(programs_.launched.size(), 2U);
}

TEST_F(ResidentLauncherTest, OtherNeedsTakeAnotherProcess) {
  give(first, "a");
  programs_.prints(programs_.last(), "A\n");
  turn();
  launcher_.launch({.task = second.task, .slot = 3, .command = "b", .memory = 1 << 20, .resident = "p"});
  ASSERT_EQ(programs_.launched.size(), 2U);
  EXPECT_EQ(programs_.launched[1].memory, 1U << 20);
}

TEST_F(ResidentLauncherTest, WhatCannotBeALineIsRefused) {
  give(first, "a\nb");
  EXPECT_LE(launcher_.next_due(), clock_.now());
  turn();
  EXPECT_EQ(ends_.ended_as.at(first).cause, Cause::not_started);
  EXPECT_TRUE(programs_.launched.empty());
}

TEST_F(ResidentLauncherTest, OrdinaryTasksPassThrough) {
  launcher_.launch({.task = first.task, .command = "true"});
  programs_.prints(first, "x");
  programs_.ends(first, Cause::exited, 0);
  turn();
  EXPECT_EQ(ends_.out[first], "x");
  EXPECT_EQ(ends_.ended_as.size(), 1U);
}

}  // namespace
}  // namespace farm
