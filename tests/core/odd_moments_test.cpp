// What happens between what is planned: workers that lose their slots, nodes that empty, probes that come to nothing.
#include <gtest/gtest.h>

#include <map>

#include "desk.hpp"

namespace farm {
namespace {

using namespace std::chrono_literals;

// Drives until `one` is set aside: it fails with 127, the others succeed.
void set_aside_one(Desk& desk, const std::vector<Rank>& ranks) {
  for (int i = 0; i < 300 && desk.count<WorkerSetAside>() == 0; ++i) {
    for (const Rank rank : ranks) {
      for (const AttemptKey key : desk.take_sent(rank)) end(desk, rank, key, exit_with(rank == one ? 127 : 0, 900ms));
    }
  }
  ASSERT_EQ(desk.count<WorkerSetAside>(), 1U);
  for (int i = 0; i < 5; ++i) {
    for (const AttemptKey key : desk.take_sent(one)) end(desk, one, key, exit_with(127, 900ms));
  }
}

TEST(OddMoments, AProbeThatComesBackIsSentAgain) {
  Desk desk;
  for (const Rank rank : {one, two, three}) desk.tell(WorkerUp{rank, 1});
  desk.read(2000);
  set_aside_one(desk, {one, two, three});
  desk.tell(Tick{}, start + 61s);
  const auto probe = desk.take_sent(one);
  ASSERT_EQ(probe.size(), 1U);
  desk.tell(SlotsChanged{one, 0}, start + 62s);
  desk.tell(AttemptsReturned{one, probe}, start + 62s);
  desk.tell(SlotsChanged{one, 1}, start + 63s);
  desk.tell(Tick{}, start + 3600s);
  EXPECT_EQ(desk.take_sent(one).size(), 1U) << "closed for ever";
}

TEST(OddMoments, AProbeThatAnotherAttemptOvertakesIsNotTheLast) {
  Desk desk({.speculates = true});
  for (const Rank rank : {one, two, three}) desk.tell(WorkerUp{rank, 1});
  desk.read(200, false);
  set_aside_one(desk, {one, two, three});
  desk.tell(Tick{}, start + 61s);
  const auto probe = desk.take_sent(one);
  ASSERT_EQ(probe.size(), 1U);
  TasksRead behind{.tasks = {}, .end = true};
  for (std::uint64_t i = 200; i < 300; ++i) behind.tasks.push_back(task(i));
  behind.tasks.front().after_barrier = true;
  desk.tell(behind, start + 61s);
  TimePoint now = start + 62s;
  for (int i = 0; i < 1000 && desk.scheduler().counters().out > 1; ++i) {
    for (const Rank rank : {two, three}) {
      for (const AttemptKey key : desk.take_sent(rank)) end(desk, rank, key, exit_with(0, 900ms), now);
    }
  }
  now = desk.scheduler().next_due();
  ASSERT_LT(now, start + 600s);
  desk.tell(Tick{}, now);
  const Rank other = desk.scheduler().out_on(two).empty() ? three : two;
  const auto copy = desk.take_sent(other);
  ASSERT_EQ(copy.size(), 1U);
  ASSERT_EQ(copy[0].task, probe[0].task);
  end(desk, other, copy[0], exit_with(0, 900ms), now);
  end(desk, one, probe[0], ended_by(Cause::cancelled), now);
  ASSERT_GE(desk.scheduler().counters().out, 2U) << "the barrier is open";
  desk.tell(Tick{}, now + 3600s);
  EXPECT_EQ(desk.take_sent(one).size(), 1U) << "closed for ever";
}

TEST(OddMoments, SecondOpinionsAreNotAskedOfWorkersWithoutSlots) {
  Desk desk;
  for (const Rank rank : {one, two}) desk.tell(WorkerUp{rank, 1});
  desk.tell(SlotsChanged{two, 0});
  desk.read(1);
  end(desk, one, desk.take_sent(one).at(0), exit_with(127, 1ms));
  EXPECT_TRUE(desk.scheduler().is_finished()) << "it waits for a worker that takes nothing";
}

TEST(OddMoments, SecondOpinionsDoNotWaitForWorkersThatLoseTheirSlots) {
  Desk desk;
  for (const Rank rank : {one, two}) desk.tell(WorkerUp{rank, 1});
  desk.read(2);
  const auto busy = desk.take_sent(two);
  end(desk, one, desk.take_sent(one).at(0), exit_with(127, 1ms));
  ASSERT_TRUE(desk.take_sent(one).empty());
  desk.tell(SlotsChanged{two, 0});
  desk.tell(AttemptsReturned{two, {}});
  end(desk, two, busy.at(0));
  EXPECT_EQ(desk.take_sent(one).size(), 1U) << "it waits for a worker that takes nothing";
}

TEST(OddMoments, AWorkerThatComesToAFullNodeBringsRoom) {
  Desk desk;
  desk.tell(WorkerUp{one, 2, 1, {.cpus = 2}});
  desk.tell(AllWorkersKnown{});
  desk.tell(TasksRead{{task(0, {.cpus = 1}), task(1, {.cpus = 1}), task(2)}, true});
  ASSERT_EQ(desk.take_sent(one).size(), 2U);
  desk.tell(WorkerUp{two, 2, 1, {.cpus = 2}});
  EXPECT_EQ(desk.take_sent(two).size(), 1U);
}

TEST(OddMoments, AKeptNodeWhoseWorkerIsSetAsideIsProbed) {
  Desk desk;
  desk.tell(WorkerUp{one, 8, 1, {.cpus = 8}});
  desk.tell(WorkerUp{two, 4, 2, {.cpus = 4}});
  desk.tell(WorkerUp{three, 4, 3, {.cpus = 4}});
  desk.tell(AllWorkersKnown{});
  desk.tell(wide_one_in_a_stream(8, 200));
  for (int i = 0; i < 300 && !desk.scheduler().is_finished(); ++i) {
    const TimePoint now = start + (desk.count<WorkerSetAside>() > 0 ? i * 10s : 0s);
    for (const Rank rank : {one, two, three}) {
      for (const AttemptKey key : desk.take_sent(rank)) {
        const bool is_bad = rank == one && desk.count<WorkerSetAside>() == 0;
        end(desk, rank, key, exit_with(is_bad ? 127 : 0, 900ms), now);
      }
    }
    if (desk.scheduler().next_due() <= now) desk.tell(Tick{}, now);
  }
  desk.tell(Tick{}, start + 100000s);
  EXPECT_GT(desk.count<WorkerSetAside>(), 0U);
  EXPECT_TRUE(desk.scheduler().is_finished() || desk.scheduler().counters().out > 0)
      << desk.scheduler().tasks().count(TaskState::ready);
}

TEST(OddMoments, ANodeWithoutSlotsIsNotKept) {
  Desk desk;
  desk.tell(WorkerUp{one, 8, 1, node_of_eight});
  desk.tell(WorkerUp{two, 8, 2, node_of_eight});
  desk.tell(AllWorkersKnown{});
  desk.tell(SlotsChanged{two, 0});
  desk.tell(wide_one_in_a_stream(9, 200));
  std::deque<AttemptKey> running;
  std::uint64_t ended = 0;
  for (bool wide_runs = false; !wide_runs; ++ended) {
    for (const AttemptKey key : desk.take_sent(one)) {
      wide_runs = wide_runs || key.task == TaskId{9};
      running.push_back(key);
    }
    ASSERT_LT(ended, 60U) << "it waits for the whole stream";
    end(desk, one, running.front());
    running.pop_front();
  }
}

TEST(OddMoments, AKeptNodeThatLosesItsSlotsIsKeptNoMore) {
  Desk desk;
  desk.tell(WorkerUp{one, 8, 1, node_of_eight});
  desk.tell(WorkerUp{two, 8, 2, node_of_eight});
  desk.tell(AllWorkersKnown{});
  desk.tell(wide_one_in_a_stream(17, 400));
  std::deque<std::pair<Rank, AttemptKey>> running;
  std::uint64_t ended = 0;
  bool shrunk = false;
  for (bool wide_runs = false; !wide_runs; ++ended) {
    std::map<Rank, bool> got;
    for (const Rank rank : {one, two}) {
      for (const AttemptKey key : desk.take_sent(rank)) {
        wide_runs = wide_runs || key.task == TaskId{17};
        running.emplace_back(rank, key);
      }
    }
    // A node is kept: one of them drains.
    for (const Rank rank : {one, two}) {
      if (shrunk || desk.scheduler().out_on(rank).size() >= 7 || ended < 10) continue;
      shrunk = true;
      desk.tell(SlotsChanged{rank, 0});
    }
    ASSERT_LT(ended, 200U) << "it waits for the whole stream " << shrunk;
    end(desk, running.front().first, running.front().second);
    running.pop_front();
  }
  EXPECT_TRUE(shrunk);
}

TEST(OddMoments, AReservationEndsWithWhatItIsForWhenThatIsTooLate) {
  Desk desk({.end = start + 100s});
  desk.tell(WorkerUp{one, 8, 1, node_of_eight});
  desk.tell(AllWorkersKnown{});
  TasksRead event;
  event.tasks.push_back({.task = TaskId{0}, .expected = 40s, .needs = {.cpus = 4}});
  event.tasks.push_back({.task = TaskId{1}, .expected = 30s, .needs = {.cpus = 8}});
  for (std::uint64_t i = 2; i < 1000; ++i) event.tasks.push_back({.task = TaskId{i}, .expected = 1s});
  event.end = true;
  desk.tell(event);
  AttemptKey long_one;
  std::vector<AttemptKey> running;
  for (int second = 0; second < 80; ++second) {
    const TimePoint now = start + std::chrono::seconds(second);
    for (const AttemptKey key : std::exchange(running, {})) end(desk, one, key, exit_with(0, 1s), now);
    for (const AttemptKey key : desk.take_sent(one)) (key.task == TaskId{0} ? long_one : running.emplace_back()) = key;
  }
  ASSERT_TRUE(running.empty());
  end(desk, one, long_one, exit_with(0, 80s), start + 80s);
  EXPECT_EQ(desk.scheduler().counters().too_late, 1U);
  EXPECT_FALSE(desk.take_sent(one).empty()) << "the node is empty, and hundreds of short tasks wait; next due "
                                            << seconds(desk.scheduler().next_due() - start);
}

TEST(OddMoments, MemoryGrowsToWhatIsThereAndNoFurther) {
  Desk desk;
  desk.tell(WorkerUp{one, 4, 1, {.cpus = 4, .memory = 300}});
  desk.tell(WorkerUp{two, 4, 2, {.cpus = 4, .memory = 1000}});
  desk.tell(AllWorkersKnown{});
  desk.tell(WorkerDown{two});
  desk.tell(TasksRead{{task(0, {.memory = 200})}, true});
  end(desk, one, desk.take_sent(one).at(0), ended_by(Cause::out_of_memory));
  EXPECT_EQ(desk.count<Halted>(), 0U) << "there are 300";
  EXPECT_EQ(desk.take_sent(one).size(), 1U);
}

TEST(OddMoments, MemoryGrowsToWhatANodeWithTheOtherThingsHas) {
  Desk desk;
  desk.tell(WorkerUp{one, 4, 1, {.cpus = 4, .gpus = 1, .memory = 300}});
  desk.tell(WorkerUp{two, 4, 2, {.cpus = 4, .memory = 1000}});
  desk.tell(AllWorkersKnown{});
  desk.tell(TasksRead{{task(0, {.memory = 200, .gpus = 1}), task(1), task(2)}, true});
  end(desk, one, {TaskId{0}, Attempt{0}}, ended_by(Cause::out_of_memory));
  EXPECT_EQ(desk.count<Halted>(), 0U) << "one task that wants more memory ends the run";
}

TEST(OddMoments, AskingAboutATaskThatWasSettledBeforeItsCopyWasSent) {
  Desk desk({.speculates = true});
  desk.tell(WorkerUp{one, 8});
  desk.tell(WorkerUp{two, 8});
  desk.read(40);
  std::optional<std::pair<Rank, AttemptKey>> slow;
  for (int round = 0; round < 10; ++round) {
    for (const Rank rank : {one, two}) {
      for (const AttemptKey key : desk.take_sent(rank)) {
        if (!slow) {
          slow = {rank, key};
        } else {
          end(desk, rank, key, exit_with(0, 1s), start + 1s);
        }
      }
    }
  }
  const Rank other = slow->first == one ? two : one;
  const TimePoint due = desk.scheduler().next_due();
  desk.tell(Tick{}, due);
  const auto copy = desk.take_sent(other);
  ASSERT_EQ(copy.size(), 1U);
  // Before the master acts on that it handles one more message.
  end(desk, slow->first, slow->second, exit_with(0, 1s), due);
  EXPECT_EQ(desk.scheduler().timeout_growth(copy[0].task), 1) << "Master::act_on(SendTasks)";
}

TEST(OddMoments, AStragglerThatHasNowhereToGoDoesNotHoldUpTheOthers) {
  Desk desk({.speculates = true});
  desk.tell(WorkerUp{one, 2});
  desk.tell(WorkerUp{two, 1});
  desk.read(30);
  std::optional<AttemptKey> slow_one;
  std::optional<AttemptKey> slow_two;
  for (int round = 0; round < 40; ++round) {
    for (const AttemptKey key : desk.take_sent(one)) {
      if (!slow_one) {
        slow_one = key;
      } else {
        end(desk, one, key, exit_with(0, 1s), start + 1s);
      }
    }
    for (const AttemptKey key : desk.take_sent(two)) {
      if (!slow_two && round > 3) {
        slow_two = key;
      } else {
        end(desk, two, key, exit_with(0, 1s), start + 1s);
      }
    }
  }
  ASSERT_EQ(desk.scheduler().counters().out, 2U);
  desk.tell(Tick{}, start + 100s);
  const auto copy = desk.take_sent(one);
  ASSERT_EQ(copy.size(), 1U) << "it has a free slot";
  EXPECT_EQ(copy[0].task, slow_two->task);
}

TEST(OddMoments, SecondAttemptsKeepTheDelay) {
  Desk desk({.delay = 100ms, .speculates = true});
  desk.tell(WorkerUp{one, 20});
  desk.tell(WorkerUp{two, 20});
  desk.read(60);
  TimePoint now = start;
  std::vector<std::pair<Rank, AttemptKey>> slow;
  for (int round = 0; round < 400; ++round) {
    for (const Rank rank : {one, two}) {
      for (const AttemptKey key : desk.take_sent(rank)) {
        if (slow.size() < 3) {
          slow.emplace_back(rank, key);
        } else {
          end(desk, rank, key, exit_with(0, 60s), now);
        }
      }
    }
    desk.tell(Tick{}, now += 100ms);
  }
  ASSERT_EQ(desk.scheduler().counters().out, 3U);
  desk.tell(Tick{}, start + 1000s);
  EXPECT_LE(desk.take_sent(one).size() + desk.take_sent(two).size(), 1U);
}

TEST(OddMoments, TasksThatPauseDoNotHoldUpReading) {
  Desk desk({.retry_pause = 10s});
  desk.tell(WorkerUp{one, 4});
  desk.read(256, false, 3);
  desk.take<ReadTasks>();
  for (int i = 0; i < 400; ++i) {
    for (const AttemptKey key : desk.take_sent(one)) end(desk, one, key, exit_with(1, 2s));
  }
  EXPECT_EQ(desk.scheduler().counters().out, 0U);
  std::uint64_t asked = 0;
  for (const ReadTasks& read : desk.take<ReadTasks>()) asked += read.count;
  // 127 of these are answered.
  TasksRead more;
  for (std::uint64_t i = 0; i < asked; ++i) more.tasks.push_back({.task = TaskId{256 + i}, .tries = 3});
  if (asked > 0) desk.tell(more);
  for (int i = 0; i < 400; ++i) {
    for (const AttemptKey key : desk.take_sent(one)) end(desk, one, key, exit_with(1, 2s));
  }
  EXPECT_GT(desk.count<ReadTasks>(), 0U) << "four slots idle, the manifest has more, all that is known pauses: asked "
                                         << asked << " out " << desk.scheduler().counters().out;
}

TEST(OddMoments, WhatStillRunsWhenTheAllocationEndsIsPreemptedAlsoWhileDraining) {
  Desk desk({.end = start + 10s, .grace = 2s});
  desk.tell(WorkerUp{one, 1});
  desk.read(2);
  desk.tell(Drain{}, start + 1s);
  EXPECT_EQ(desk.scheduler().next_due(), start + 8s);
  desk.tell(Tick{}, start + 8s);
  EXPECT_EQ(desk.count<StopAttempts>(), 1U);
}

TEST(OddMoments, WhatIsGivenUpIsNotRetried) {
  Desk desk;
  desk.read(1);
  for (std::int32_t rank = 1; rank <= 3; ++rank) {
    desk.tell(WorkerUp{Rank{rank}, 1});
    desk.tell(WorkerDown{Rank{rank}});
  }
  EXPECT_EQ(desk.count<Poisoned>(), 1U);
  EXPECT_EQ(desk.scheduler().counters().retried, 2U);
}

TEST(OddMoments, ABarrierIsOneAlsoWhenItsFirstTaskIsKept) {
  Desk desk;
  desk.tell(WorkerUp{one, 8});
  desk.tell(TasksRead{
      {{.task = TaskId{0}}, {.task = TaskId{1}, .succeeded_before = true, .after_barrier = true}, {.task = TaskId{2}}},
      true});
  EXPECT_EQ(desk.take_tasks(one), std::vector<TaskId>{TaskId{0}});
}

TEST(OddMoments, AWideSecondOpinionIsNotStarved) {
  Desk desk;
  desk.tell(WorkerUp{one, 8, 1, node_of_eight});
  desk.tell(WorkerUp{two, 8, 2, node_of_eight});
  desk.tell(AllWorkersKnown{});
  desk.tell(TasksRead{{task(0, {.cpus = 8})}, false});
  const Rank first = desk.take_sent(one).empty() ? two : one;
  const Rank second = first == one ? two : one;
  desk.take_sent(two);
  TasksRead event{.tasks = {}, .end = true};
  for (std::uint64_t i = 1; i < 1000; ++i) event.tasks.push_back(task(i));
  desk.tell(event);
  end(desk, first, {TaskId{0}, Attempt{0}}, exit_with(127, 1ms));
  std::deque<std::pair<Rank, AttemptKey>> running;
  std::uint64_t ended = 0;
  for (bool wide_runs = false; !wide_runs; ++ended) {
    for (const Rank rank : {first, second}) {
      for (const AttemptKey key : desk.take_sent(rank)) {
        wide_runs = wide_runs || key.task == TaskId{0};
        running.emplace_back(rank, key);
      }
    }
    ASSERT_LT(ended, 300U) << "it waits for the whole stream";
    end(desk, running.front().first, running.front().second);
    running.pop_front();
  }
}

}  // namespace
}  // namespace farm
