#include "pool/command_desk.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <thread>

#include "support/fake_launcher.hpp"

namespace farm {
namespace {

using namespace std::chrono_literals;

// The threads that wait for commands are the test's; it plays the one that talks.
class CommandDeskTest : public testing::Test {
 protected:
  std::jthread run(std::string line, CommandResult& result, const std::stop_token& stop = {},
                   CommandOptions options = {}) {
    Command command;
    command.line = std::move(line);
    command.options = std::move(options);
    command.task = next_task++;
    return std::jthread([this, command, &result, stop] { result = desk.run(command, stop); });
  }
  void turn_until(const std::function<bool()>& is_done) {
    const SystemClock clock;
    const TimePoint deadline = clock.now() + 20s;
    while (!is_done() && clock.now() < deadline) {
      if (desk.has_orders() || !launcher.is_drained()) desk.turn();
      std::this_thread::yield();
    }
    EXPECT_TRUE(is_done());
  }

  FakeLauncher launcher;
  std::uint64_t next_task = 7;
  std::atomic<int> wakes{0};
  int heard = 0;
  CommandDesk desk{{.first_slot = 3,
                    .directory = "/start",
                    .wake = [this] { ++wakes; },
                    .signalled = [this](int signal) { heard = signal; }},
                   launcher};
};

TEST_F(CommandDeskTest, GivesWhatACommandPrintedAndHowItEnded) {
  launcher.script = [](const LaunchRequest&) {
    return FakeLauncher::Play{.code = 3, .chunks = {"one ", "two "}, .out = "three", .err = "oh"};
  };
  CommandResult result;
  {
    const auto thread = run("count", result, {}, {.cwd = "/tmp", .env = {{"A", "b"}}, .timeout = 5s});
    turn_until([&] { return launcher.launched.size() == 1 && launcher.is_drained(); });
  }
  EXPECT_EQ(exit_status(result.outcome), 3);
  EXPECT_EQ(result.out, "one two three");
  EXPECT_EQ(result.err, "oh");
  EXPECT_FALSE(result.is_cut);
  EXPECT_EQ(launcher.given_back, 8U) << "of what came while it ran";
  EXPECT_GT(wakes, 0);
  const LaunchRequest& request = launcher.requests.begin()->second;
  EXPECT_EQ(request.task, TaskId{7});
  EXPECT_EQ(request.slot, 3U);
  EXPECT_EQ(request.cwd, "/tmp");
  EXPECT_EQ(request.timeout, 5s);
}

TEST_F(CommandDeskTest, KeepsOnlySoMuchOfAStream) {
  launcher.script = [](const LaunchRequest&) {
    return FakeLauncher::Play{.chunks = {"abc", "def", "ghi"}, .err = "12345678"};
  };
  CommandResult result;
  {
    const auto thread = run("print", result, {}, {.most_output = 7});
    turn_until([&] { return launcher.launched.size() == 1 && launcher.is_drained(); });
  }
  EXPECT_EQ(result.out, "abcdefg");
  EXPECT_EQ(result.err, "1234567");
  EXPECT_TRUE(result.is_cut);
  EXPECT_EQ(launcher.given_back, 9U);
}

TEST_F(CommandDeskTest, RunsSeveralInSlotsOfTheirOwnAndStopsTheOneThatIsMeant) {
  launcher.script = [](const LaunchRequest&) { return FakeLauncher::Play{.runs_until_stopped = true}; };
  std::stop_source first_stop;
  std::stop_source second_stop;
  CommandResult first;
  CommandResult second;
  auto first_thread = run("first", first, first_stop.get_token());
  turn_until([&] { return launcher.launched.size() == 1; });
  auto second_thread = run("second", second, second_stop.get_token());
  turn_until([&] { return launcher.launched.size() == 2; });
  EXPECT_EQ(launcher.requests.rbegin()->second.slot, 4U);
  first_stop.request_stop();
  turn_until([&] { return !launcher.stopped.empty() && !desk.has_orders(); });
  first_thread.join();
  EXPECT_EQ(first.outcome.cause, Cause::cancelled);
  EXPECT_FALSE(launcher.is_drained()) << "the second goes on";
  second_stop.request_stop();
  turn_until([&] { return launcher.is_drained(); });
  second_thread.join();

  CommandResult third;
  launcher.script = [](const LaunchRequest&) { return FakeLauncher::Play{}; };
  {
    const auto thread = run("third", third);
    turn_until([&] { return launcher.launched.size() == 3 && launcher.is_drained(); });
  }
  EXPECT_EQ(launcher.requests.rbegin()->second.slot, 3U) << "free again";
}

TEST_F(CommandDeskTest, NumbersTheAttemptsOfEachCallOnItsOwn) {
  launcher.script = [](const LaunchRequest&) { return FakeLauncher::Play{.runs_until_stopped = true}; };
  std::stop_source stop;
  const auto start = [&](std::uint64_t task, std::uint32_t attempt) {
    return std::jthread([this, task, attempt, &stop] {
      Command command;
      command.line = "any";
      command.task = task;
      command.attempt = attempt;
      desk.run(command, stop.get_token());
    });
  };
  std::vector<std::jthread> threads;
  for (const auto& [task, attempt] : {std::pair{1U, 1U}, {2U, 1U}, {2U, 1U}, {3U, 2U}}) {
    threads.push_back(start(task, attempt));
    turn_until([&] { return launcher.launched.size() == threads.size(); });
  }
  std::vector<std::pair<std::uint64_t, std::uint32_t>> keys;
  for (const auto& [key, request] : launcher.requests) keys.emplace_back(value(key.task), value(key.attempt));
  const decltype(keys) expected{{1, 0}, {2, 0}, {2, 1}, {3, 1}};
  EXPECT_EQ(keys, expected) << "counted from 0; a call that runs two at a time has them told apart";
  stop.request_stop();
  turn_until([&] { return launcher.is_drained(); });
}

TEST_F(CommandDeskTest, RelativePathsBeginWhereTheCommandRuns) {
  const auto paths = [&](CommandOptions options) {
    CommandResult result;
    const std::size_t before = launcher.launched.size();
    {
      const auto thread = run("any", result, {}, std::move(options));
      turn_until([&] { return launcher.launched.size() > before && launcher.is_drained(); });
    }
    const LaunchRequest& request = launcher.requests.rbegin()->second;
    return request.cwd + " " + request.stdin_file;
  };
  EXPECT_EQ(paths({}), " ");
  EXPECT_EQ(paths({.stdin_file = "in"}), " /start/in");
  EXPECT_EQ(paths({.cwd = "sub", .stdin_file = "in"}), "/start/sub /start/sub/in");
  EXPECT_EQ(paths({.cwd = "/tmp", .stdin_file = "in"}), "/tmp /tmp/in");
  EXPECT_EQ(paths({.cwd = "/tmp", .stdin_file = "/dev/zero"}), "/tmp /dev/zero");
}

TEST_F(CommandDeskTest, IsStoppedAtOnceWhenItIsTooLateAlready) {
  launcher.script = [](const LaunchRequest&) { return FakeLauncher::Play{.runs_until_stopped = true}; };
  std::stop_source stop;
  stop.request_stop();
  CommandResult result;
  {
    const auto thread = run("late", result, stop.get_token());
    turn_until([&] { return launcher.launched.size() == 1 && launcher.is_drained() && !desk.has_orders(); });
  }
  EXPECT_EQ(result.outcome.cause, Cause::cancelled);
}

}  // namespace
}  // namespace farm
