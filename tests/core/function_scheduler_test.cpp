#include "core/function_scheduler.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <random>
#include <set>
#include <vector>

namespace farm {
namespace {

using namespace std::chrono_literals;

// Workers that take so long per element as `duration` says, on a simulated clock; a message takes `delay` either way.
// What a recall gives back is what PoolWorker gives back: half of what waits, else half of what runs.
class FunctionFarm {
 public:
  FunctionFarm(std::uint32_t workers, FunctionScheduler::Setup setup,
               std::function<Nanos(TaskId, std::uint64_t)> duration)
      : scheduler(setup), duration_(std::move(duration)) {
    for (std::uint32_t i = 0; i < workers; ++i) {
      const Rank rank{static_cast<std::int32_t>(i + 1)};
      scheduler.worker_joined(rank, 1);
      workers_[rank];
    }
  }

  FunctionScheduler scheduler;
  std::map<TaskId, std::vector<int>> runs;  // how often each element has ended
  std::vector<Piece> given_up;
  std::uint64_t messages = 0;
  std::size_t most_at_a_time = 0;
  std::set<std::pair<TaskId, std::uint64_t>> killers;  // elements that take their rank down

  void submit(const FunctionScheduler::NewTask& task) {
    scheduler.submitted(task);
    runs[task.task].resize(task.count);
  }

  Nanos run() {
    turn();
    while (scheduler.unfinished() > 0 && !workers_.empty()) step();
    return now_.time_since_epoch();
  }

 private:
  struct Worker {
    std::deque<FunctionScheduler::Send> queue;
    TimePoint busy_until{};
    bool is_running = false;
    bool is_recalled = false;
  };

  // The next thing to happen: an element's end, a worker asked for work, or a moment the scheduler waits for.
  void step() {
    TimePoint next = scheduler.next_due();
    for (auto& [rank, worker] : workers_) {
      if (worker.is_recalled) next = std::min(next, now_);
      if (worker.is_running) next = std::min(next, worker.busy_until);
    }
    ASSERT_NE(next, end_of_time) << "nobody has anything to do";
    now_ = std::max(now_, next);
    for (auto entry = workers_.begin(); entry != workers_.end();) {
      auto& [rank, worker] = *entry;
      if (worker.is_recalled) give_back(rank, worker);
      const bool is_killed = worker.is_running && worker.busy_until <= now_ && !finish_one(rank, worker);
      entry = is_killed ? workers_.erase(entry) : std::next(entry);
    }
    turn();
  }

  bool finish_one(Rank rank, Worker& worker) {
    FunctionScheduler::Send& send = worker.queue.front();
    if (killers.contains({send.piece.task, send.piece.begin})) {
      for (const Piece& piece : scheduler.worker_lost(rank)) given_up.push_back(piece);
      return false;
    }
    const std::uint64_t at = send.piece.begin++;
    const auto part = scheduler.ended(rank, send.piece.id, at + 1, duration_(send.piece.task, at));
    if (part) ++runs[part->task][at];
    if (send.piece.begin == send.piece.end) worker.queue.pop_front();
    worker.is_running = false;
    start(worker);
    return true;
  }

  void start(Worker& worker) {
    if (worker.is_running || worker.queue.empty()) return;
    const Piece& piece = worker.queue.front().piece;
    worker.is_running = true;
    worker.busy_until = std::max(now_, worker.busy_until) + duration_(piece.task, piece.begin);
  }

  void give_back(Rank rank, Worker& worker) {
    std::vector<FunctionScheduler::Remainder> remainders;
    const std::size_t waiting = worker.queue.empty() ? 0 : worker.queue.size() - 1;
    for (std::size_t i = 0; i < (waiting + 1) / 2; ++i) {
      remainders.push_back({worker.queue.back().piece.id, worker.queue.back().piece.begin});
      worker.queue.pop_back();
    }
    if (waiting == 0 && !worker.queue.empty() && worker.queue.front().may_split) {
      Piece& running = worker.queue.front().piece;
      const std::uint64_t rest = running.end - running.begin - 1;  // without the one under way
      if (rest > 0) {
        running.end -= (rest + 1) / 2;
        remainders.push_back({running.id, running.end});
      }
    }
    worker.is_recalled = false;
    scheduler.returned(rank, remainders, now_);
  }

  void turn() {
    scheduler.check_invariants();
    const auto plan = scheduler.plan(now_);
    scheduler.check_invariants();
    for (const auto& send : plan.sends) {
      ++messages;
      Worker& worker = workers_.at(send.to);
      worker.queue.push_back(send);
      if (!worker.is_running) worker.busy_until = now_ + 200us;
      start(worker);
      most_at_a_time = std::max(most_at_a_time, worker.queue.size());
    }
    for (const Rank rank : plan.recalls) workers_.at(rank).is_recalled = true;
  }

  std::function<Nanos(TaskId, std::uint64_t)> duration_;
  std::map<Rank, Worker> workers_;
  TimePoint now_{};
};

bool ran_once(const std::vector<int>& counts) {
  return std::all_of(counts.begin(), counts.end(), [](int count) { return count == 1; });
}

TEST(FunctionScheduler, RunsEveryElementOfEveryTaskOnce) {
  FunctionFarm farm(3, {}, [](TaskId task, std::uint64_t) { return Nanos(1000 * (1 + value(task))); });
  for (std::uint64_t i = 0; i < 20; ++i)
    farm.submit({.task = TaskId{i}, .kind = 1, .priority = 0, .count = 1 + 97 * i});
  farm.run();
  for (const auto& [task, counts] : farm.runs) EXPECT_TRUE(ran_once(counts)) << value(task);
}

TEST(FunctionScheduler, MakesPiecesOfShortCallsLongAndOfLongCallsShort) {
  FunctionFarm quick(2, {}, [](TaskId, std::uint64_t) { return 1us; });
  quick.submit({.task = TaskId{0}, .count = 100'000});
  quick.run();
  EXPECT_LT(quick.messages, 200U);
  FunctionFarm slow(2, {}, [](TaskId, std::uint64_t) { return 200ms; });
  slow.submit({.task = TaskId{0}, .count = 20});
  slow.run();
  EXPECT_EQ(slow.most_at_a_time, 1U);  // each goes to who is free first
}

TEST(FunctionScheduler, TakesBackWorkThatIsStuckBehindALongCall) {
  // One element in fifty takes 10 ms, the others 1 us: nothing tells them apart beforehand.
  const auto duration = [](TaskId, std::uint64_t at) { return at % 50 == 7 ? Nanos(10ms) : Nanos(1us); };
  FunctionFarm farm(2, {}, duration);
  farm.submit({.task = TaskId{0}, .count = 5000});
  const Nanos took = farm.run();
  EXPECT_TRUE(ran_once(farm.runs[TaskId{0}]));
  EXPECT_LT(seconds(took), 1.05 * (100 * 0.010 + 0.005) / 2);
}

TEST(FunctionScheduler, KeepsAGivenChunkWhole) {
  FunctionScheduler scheduler({});
  scheduler.worker_joined(Rank{1}, 1);
  scheduler.submitted({.task = TaskId{0}, .count = 25, .chunk = 10});
  const auto plan = scheduler.plan(TimePoint{});
  ASSERT_EQ(plan.sends.size(), 1U);
  EXPECT_EQ(plan.sends[0].piece.end, 10U);
  EXPECT_FALSE(plan.sends[0].may_split);
}

TEST(FunctionScheduler, HandsOutByPriorityThenInOrder) {
  FunctionScheduler scheduler({});
  for (std::uint64_t i = 0; i < 6; ++i) {
    scheduler.submitted({.task = TaskId{i}, .kind = 0, .priority = static_cast<std::int32_t>(i % 2)});
  }
  scheduler.worker_joined(Rank{1}, 1);
  std::vector<std::uint64_t> order;
  for (int i = 0; i < 6; ++i) {
    const auto plan = scheduler.plan(TimePoint{});
    ASSERT_EQ(plan.sends.size(), 1U);
    order.push_back(value(plan.sends[0].piece.task));
    scheduler.ended(Rank{1}, plan.sends[0].piece.id, 1, 1s);
  }
  EXPECT_EQ(order, (std::vector<std::uint64_t>{1, 3, 5, 0, 2, 4}));
}

TEST(FunctionScheduler, GivesUpOnlyTheElementThatTakesRanksDown) {
  FunctionFarm farm(5, {}, [](TaskId, std::uint64_t) { return 100ns; });
  farm.killers = {{TaskId{0}, 40'700}};
  farm.submit({.task = TaskId{0}, .count = 100'000});
  farm.submit({.task = TaskId{1}, .count = 10});
  farm.run();
  ASSERT_EQ(farm.given_up.size(), 1U);
  EXPECT_EQ(farm.given_up[0].begin, 40'700U);
  EXPECT_EQ(farm.given_up[0].end, 40'701U);
  EXPECT_LT(farm.messages, 3000U);  // not one for every element that was there when a rank died
  EXPECT_EQ(farm.scheduler.workers(), 2U);
  farm.runs[TaskId{0}][40'700] = 1;
  EXPECT_TRUE(ran_once(farm.runs[TaskId{0}]) && ran_once(farm.runs[TaskId{1}]));
}

TEST(FunctionScheduler, DropsWordsAboutWhatIsOverOrCancelled) {
  FunctionScheduler scheduler({});
  scheduler.worker_joined(Rank{1}, 1);
  scheduler.submitted({.task = TaskId{0}, .count = 1});
  scheduler.submitted({.task = TaskId{1}, .count = 1});
  const Piece first = scheduler.plan(TimePoint{}).sends.at(0).piece;
  EXPECT_EQ(scheduler.ended(Rank{2}, first.id, 1, 1us), std::nullopt);
  EXPECT_EQ(scheduler.ended(Rank{1}, first.id, 2, 1us), std::nullopt);
  EXPECT_EQ(scheduler.ended(Rank{1}, first.id, 1, 1us), first);
  EXPECT_EQ(scheduler.ended(Rank{1}, first.id, 1, 1us), std::nullopt);
  const Piece second = scheduler.plan(TimePoint{}).sends.at(0).piece;
  EXPECT_EQ(scheduler.cancelled(TaskId{1}), (std::vector<std::pair<Rank, PieceId>>{{Rank{1}, second.id}}));
  EXPECT_EQ(scheduler.ended(Rank{1}, second.id, 1, 1us), std::nullopt);
  EXPECT_EQ(scheduler.unfinished(), 0U);
  scheduler.check_invariants();
}

TEST(FunctionScheduler, NeverSpinsForWorkOnesThatHaveNoneToGive) {
  FunctionScheduler scheduler({});
  for (int rank = 1; rank <= 2; ++rank) scheduler.worker_joined(Rank{rank}, 1);
  scheduler.submitted({.task = TaskId{0}, .count = 1});
  TimePoint now{};
  ASSERT_EQ(scheduler.plan(now).sends.size(), 1U);
  for (int i = 0; i < 100 && scheduler.next_due() != end_of_time; ++i) {
    now = scheduler.next_due();
    EXPECT_TRUE(scheduler.plan(now).recalls.empty());
  }
  EXPECT_EQ(scheduler.next_due(), end_of_time);
}

class RandomFunctionFarm : public testing::TestWithParam<unsigned> {};

TEST_P(RandomFunctionFarm, EveryElementEndsOnceWhateverHappens) {
  std::mt19937 random(GetParam());
  const auto pick = [&](unsigned below) { return static_cast<unsigned>(random() % below); };
  const unsigned longest = 1 + pick(20'000'000);
  const unsigned seed = pick(1000);
  const FunctionScheduler::Setup setup{.haste = Haste{static_cast<std::uint8_t>(pick(3))}, .crash_limit = 2};
  FunctionFarm farm(2 + pick(6), setup, [=](TaskId task, std::uint64_t at) {
    const auto number = static_cast<unsigned>(31 * value(task) + at);
    return Nanos(1 + std::minstd_rand(seed + number)() % longest);
  });
  farm.killers = {{TaskId{1}, 3}};
  for (std::uint64_t i = 0; i < 8; ++i) {
    farm.submit({.task = TaskId{i},
                 .kind = static_cast<std::uint32_t>(i % 3),
                 .priority = static_cast<std::int32_t>(pick(3)),
                 .count = 1 + pick(300),
                 .chunk = pick(2) * pick(20)});
  }
  farm.run();
  if (farm.scheduler.workers() == 0) return;  // two died of the one that kills
  if (farm.runs[TaskId{1}].size() > 3) ++farm.runs[TaskId{1}][3];
  for (const auto& [task, counts] : farm.runs) EXPECT_TRUE(ran_once(counts)) << value(task);
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomFunctionFarm, testing::Range(1U, 41U));

TEST(FunctionScheduler, WhatIsGivenBackDoesNotGoToTheSameRankBecauseItsArgumentIsThere) {
  FunctionScheduler scheduler({});
  for (const int rank : {1, 2}) scheduler.worker_joined(Rank{rank}, 1);
  TimePoint now{};
  scheduler.submitted({.task = TaskId{0}, .near = Rank{1}});
  const auto first = scheduler.plan(now).sends;
  ASSERT_EQ(first.size(), 1U);
  EXPECT_EQ(first[0].to, Rank{1});
  scheduler.ended(Rank{1}, first[0].piece.id, 1, 50ms);
  for (const std::uint64_t task : {1U, 2U}) scheduler.submitted({.task = TaskId{task}, .near = Rank{1}});
  const auto both = scheduler.plan(now).sends;
  ASSERT_EQ(both.size(), 2U);
  EXPECT_EQ(both[0].to, Rank{1});
  EXPECT_EQ(both[1].to, Rank{1});
  now += 1s;  // the first takes long
  EXPECT_EQ(scheduler.plan(now).recalls, std::vector{Rank{1}});
  scheduler.returned(Rank{1}, {{both[1].piece.id, 0}}, now);
  const auto again = scheduler.plan(now).sends;
  ASSERT_EQ(again.size(), 1U);
  EXPECT_EQ(again[0].to, Rank{2});
}

TEST(FunctionScheduler, KnowsOfRanksThatACallTookDownBefore) {
  FunctionScheduler scheduler({.crash_limit = 3});
  for (const int rank : {1, 2}) scheduler.worker_joined(Rank{rank}, 1);
  scheduler.submitted({.task = TaskId{0}, .crashes = 2});
  const auto sends = scheduler.plan(TimePoint{}).sends;
  ASSERT_EQ(sends.size(), 1U);
  EXPECT_EQ(sends[0].attempt, 3U);
  EXPECT_EQ(scheduler.worker_lost(sends[0].to).size(), 1U);
}

}  // namespace
}  // namespace farm
