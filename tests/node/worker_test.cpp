// What a worker does with single messages, its master played by the test.
#include "node/worker.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>

#include "support/fake_launcher.hpp"
#include "support/temp_dir.hpp"
#include "wire/loopback.hpp"

namespace farm {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::HasSubstr;
using testing::Pair;

constexpr Rank self{1};

class StillClock final : public Clock {
 public:
  TimePoint now() const override { return TimePoint(1h); }
  Nanos wall() const override { return 1h; }
};

class WorkerTest : public testing::Test {
 protected:
  Worker& make(NodeResources node = {}) {
    worker_ = std::make_unique<Worker>(Worker::Setup{.rank = self,
                                                     .host = "n1",
                                                     .pid = 77,
                                                     .slots = 1,
                                                     .node = std::move(node),
                                                     .list_processors =
                                                         [] {
                                                           return std::vector<std::uint32_t>{5, 7};
                                                         }},
                                       board_.worker(self), launcher_, clock_);
    return *worker_;
  }

  void dispatch(std::uint64_t task, const TaskSpec& spec, const Grant& grant = {}) {
    Dispatch batch;
    append_task(batch, TaskId{task}, Attempt{0}, spec, 0ns, grant);
    board_.master().post(self, std::move(batch));
    worker_->turn();
  }

  void say(Message message) {
    board_.master().post(self, std::move(message));
    worker_->turn();
  }

  // Everything of this kind that the worker has said by now.
  template <class Kind>
  std::vector<Kind> heard() {
    worker_->turn();
    while (auto envelope = board_.master().receive()) all_.push_back(std::move(envelope->message));
    std::vector<Kind> found;
    for (const Message& message : all_) {
      if (const auto* one = std::get_if<Kind>(&message)) found.push_back(*one);
    }
    return found;
  }

  const LaunchRequest& request(std::uint64_t task) { return launcher_.requests.at({TaskId{task}, Attempt{0}}); }

  Loopback board_;
  FakeLauncher launcher_;
  StillClock clock_;
  std::unique_ptr<Worker> worker_;
  std::vector<Message> all_;
};

TEST_F(WorkerTest, SaysWhatItsNodeHas) {
  make({.cpus = 6, .memory = 1000, .gpus = {"0", "1"}, .gpu_variables = {}});
  const auto hellos = heard<Hello>();
  ASSERT_EQ(hellos.size(), 1U);
  EXPECT_EQ(hellos[0].cpus, 6U);
  EXPECT_EQ(hellos[0].gpus, 2U);
  EXPECT_EQ(hellos[0].memory, 1000U);
}

TEST_F(WorkerTest, GivesTasksWhatTheyAreGranted) {
  make({.cpus = 2, .memory = 0, .gpus = {"a", "b"}, .gpu_variables = {}});
  dispatch(1, {.command = "x"}, {.cpus = {1}, .gpus = {0}, .memory = 300});
  EXPECT_EQ(request(1).cpus, std::vector<std::uint32_t>{7});
  EXPECT_EQ(request(1).gpus, std::vector<std::string>{"a"});
  EXPECT_EQ(request(1).memory, 300U);
  EXPECT_TRUE(request(1).hides_gpus);
}

TEST_F(WorkerTest, RefusesWhatItDoesNotHave) {
  make({.cpus = 2});
  dispatch(1, {.command = "x"}, {.gpus = {3}});
  const auto results = heard<Results>();
  ASSERT_EQ(results.size(), 1U);
  EXPECT_EQ(results[0].heads.at(0).outcome.cause, Cause::not_started);
  EXPECT_EQ(results[0].heads[0].outcome.code, ENODEV);
  EXPECT_THAT(results[0].text, HasSubstr("no GPU 3"));
  EXPECT_TRUE(launcher_.launched.empty());
}

TEST_F(WorkerTest, ItsSlotsMayChangeWhileItRuns) {
  launcher_.script = [](const LaunchRequest&) { return FakeLauncher::Play{.runs_until_stopped = true}; };
  worker_ = std::make_unique<Worker>(
      Worker::Setup{.rank = self,
                    .slots = 1,
                    .share = [](const SlotRule& rule) { return static_cast<std::uint32_t>(rule.number); }},
      board_.worker(self), launcher_, clock_);
  for (std::uint64_t task = 0; task < 5; ++task) dispatch(task, {.command = "x"});
  EXPECT_EQ(worker_->running(), 1U);
  say(Resize{.kind = static_cast<std::uint32_t>(SlotRule::Kind::count), .number = 3});
  EXPECT_EQ(worker_->running(), 3U);
  EXPECT_EQ(request(2).slot, 3U);
  say(Resize{.kind = static_cast<std::uint32_t>(SlotRule::Kind::count), .number = 0});
  EXPECT_EQ(worker_->running(), 3U) << "what runs goes on";
  say(Recall{});
  EXPECT_EQ(heard<Returned>().at(0).attempts.size(), 2U);
  const auto answers = heard<Resized>();
  EXPECT_EQ(answers.at(0).slots, 3U);
  EXPECT_EQ(answers.at(1).slots, 0U);
}

TEST_F(WorkerTest, SlotsThatWereGivenToItStay) {
  make();
  say(Resize{.kind = static_cast<std::uint32_t>(SlotRule::Kind::count), .number = 3});
  EXPECT_EQ(heard<Resized>().at(0).slots, 1U);
}

TEST_F(WorkerTest, ConnectsFilesInTheTasksDirectory) {
  make();
  TaskSpec spec{.command = "x", .cwd = "/work"};
  spec.stdin_file = "in";
  spec.stdout_file = "../out";
  spec.stderr_file = "/var/err";
  dispatch(1, spec);
  EXPECT_EQ(request(1).stdin_file, "/work/in");
  EXPECT_EQ(request(1).stdout_file, "/work/../out");
  EXPECT_EQ(request(1).stderr_file, "/var/err");
}

TEST_F(WorkerTest, PublishesOutputsOfWhatSucceeded) {
  const TempDir dir;
  launcher_.script = [&](const LaunchRequest& launched) {
    for (const auto& [name, place] : launched.env) {
      if (name == "FARM_OUTPUT") std::ofstream(place) << "made";
    }
    return FakeLauncher::Play{};
  };
  make();
  dispatch(1, {.command = "x", .cwd = dir.path(), .outputs = {"table.csv"}});
  EXPECT_THAT(request(1).env, Contains(Pair("FARM_OUTPUT", dir / ".farm-2-1-77.table.csv")));
  const auto results = heard<Results>();
  ASSERT_EQ(results.size(), 1U);
  EXPECT_TRUE(succeeded(results[0].heads.at(0).outcome));
  EXPECT_TRUE(std::filesystem::exists(dir / "table.csv"));
}

TEST_F(WorkerTest, WhatIsUpToDateIsNotLaunched) {
  const TempDir dir;
  dir.write("in", "");
  dir.write("out", "");
  dir.write("log", "");
  TaskSpec spec{.command = "x", .cwd = dir.path(), .inputs = {"in"}, .outputs = {"out", "/dev/null"}};
  spec.stderr_file = "log";
  const auto age = [&](const char* name, std::chrono::seconds seconds) {
    std::filesystem::last_write_time(dir / name, std::filesystem::file_time_type::clock::now() - seconds);
  };
  age("in", 20s);
  make();
  Dispatch batch;
  append_task(batch, TaskId{1}, Attempt{0}, spec, 0ns, {}, true);
  say(batch);
  auto results = heard<Results>();
  ASSERT_EQ(results.size(), 1U);
  EXPECT_TRUE(succeeded(results[0].heads.at(0).outcome));
  EXPECT_TRUE(results[0].heads[0].outcome.up_to_date);
  EXPECT_EQ(results[0].heads[0].outcome.started, 1h);
  EXPECT_TRUE(launcher_.launched.empty());

  dispatch(2, spec);
  EXPECT_EQ(launcher_.launched.size(), 1U) << "nobody said that files count";
  age("log", 30s);
  batch.heads[0].task = 3;
  say(batch);
  EXPECT_EQ(launcher_.launched.size(), 2U) << "an output is too old";
}

TEST_F(WorkerTest, ATaskWithoutItsOutputHasFailed) {
  const TempDir dir;
  launcher_.script = [&](const LaunchRequest&) { return FakeLauncher::Play{.out = "o", .err = "e\n"}; };
  make();
  dispatch(1, {.command = "x", .cwd = dir.path(), .outputs = {"table.csv"}});
  const auto results = heard<Results>();
  ASSERT_EQ(results.size(), 1U);
  const ResultHead& head = results[0].heads.at(0);
  EXPECT_EQ(head.outcome.cause, Cause::exited);
  EXPECT_EQ(head.outcome.code, 1);
  EXPECT_THAT(results[0].text, testing::StartsWith("oe\nfarm: "));
  EXPECT_THAT(results[0].text, HasSubstr(dir / "table.csv"));
  EXPECT_EQ(head.err.inline_bytes, results[0].text.size() - 1);
}

TEST_F(WorkerTest, OutputsOfWhatFailedAreRemoved) {
  const TempDir dir;
  launcher_.script = [&](const LaunchRequest& launched) {
    std::ofstream(launched.env.back().second) << "half";
    return FakeLauncher::Play{.code = 3};
  };
  make();
  dispatch(1, {.command = "x", .cwd = dir.path(), .outputs = {"table.csv"}});
  EXPECT_EQ(heard<Results>().at(0).heads.at(0).outcome.code, 3);
  EXPECT_TRUE(std::filesystem::is_empty(dir.path()));
}

TEST_F(WorkerTest, StopsOneAttemptAsItIsTold) {
  launcher_.script = [](const LaunchRequest&) { return FakeLauncher::Play{.runs_until_stopped = true}; };
  make();
  dispatch(1, {.command = "x"});
  const StopOrder order{.cause = Cause::preempted, .signal = SIGUSR1, .grace = 30s};
  say(StopAttempt{
      .task = 1, .attempt = 0, .cause = Cause::preempted, .signal = SIGUSR1, .grace_ns = Nanos(30s).count()});
  EXPECT_EQ(launcher_.stopped.at({TaskId{1}, Attempt{0}}), order);
  EXPECT_EQ(heard<Results>().at(0).heads.at(0).outcome.cause, Cause::preempted);
}

TEST_F(WorkerTest, ReturnsAnAttemptThatHasNotBegun) {
  launcher_.script = [](const LaunchRequest&) { return FakeLauncher::Play{.runs_until_stopped = true}; };
  make();
  dispatch(1, {.command = "x"});
  dispatch(2, {.command = "y"});
  say(StopAttempt{.task = 2});
  const auto returned = heard<Returned>();
  ASSERT_EQ(returned.size(), 1U);
  ASSERT_EQ(returned[0].attempts.size(), 1U);
  EXPECT_EQ(returned[0].attempts[0].task, 2U);
  EXPECT_TRUE(launcher_.stopped.empty());
  EXPECT_EQ(worker_->running(), 1U);
}

TEST_F(WorkerTest, IgnoresOrdersAboutAttemptsItDoesNotHave) {
  launcher_.script = [](const LaunchRequest&) { return FakeLauncher::Play{.runs_until_stopped = true}; };
  make();
  dispatch(1, {.command = "x"});
  say(StopAttempt{.task = 9});
  say(StopAttempt{.task = 1, .attempt = 1});
  EXPECT_TRUE(launcher_.stopped.empty());
  EXPECT_TRUE(heard<Returned>().empty());
}

}  // namespace
}  // namespace farm
