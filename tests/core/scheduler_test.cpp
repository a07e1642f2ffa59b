#include "core/scheduler.hpp"

#include <gtest/gtest.h>

#include "desk.hpp"

namespace farm {
namespace {

using namespace std::chrono_literals;

TEST(Scheduler, FillsFreeSlotsEvenly) {
  Desk desk;
  desk.tell(WorkerUp{one, 2});
  desk.tell(WorkerUp{two, 2});
  desk.read(3);
  const auto first = desk.take_sent(one).size();
  const auto second = desk.take_sent(two).size();
  EXPECT_EQ(first + second, 3U);
  EXPECT_GE(first, 1U);
  EXPECT_GE(second, 1U);
}

TEST(Scheduler, AsksForTasksAndStopsAskingAtTheEnd) {
  Desk desk;
  desk.tell(WorkerUp{one, 1});
  EXPECT_EQ(desk.count<ReadTasks>(), 1U);
  desk.read(1);
  EXPECT_EQ(desk.count<ReadTasks>(), 1U);
  desk.tell(AttemptsEnded{one, {{desk.take_sent(one).at(0), exit_with(0)}}});
  EXPECT_TRUE(desk.scheduler().is_finished());
  EXPECT_EQ(desk.scheduler().counters().succeeded, 1U);
}

TEST(Scheduler, AnEmptyManifestIsDoneAtOnce) {
  Desk desk;
  EXPECT_FALSE(desk.scheduler().is_finished());
  desk.read(0);
  EXPECT_TRUE(desk.scheduler().is_finished());
}

TEST(Scheduler, TriesAgainAsOftenAsAllowed) {
  Desk desk;
  desk.tell(WorkerUp{one, 1});
  desk.read(1, true, 3);
  for (std::uint32_t attempt = 0; attempt < 3; ++attempt) {
    const auto sent = desk.take_sent(one);
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(sent[0].attempt, Attempt{attempt});
    EXPECT_EQ(desk.scheduler().would_settle(sent[0], exit_with(1)), attempt == 2);
    desk.tell(AttemptsEnded{one, {{sent[0], exit_with(1)}}});
  }
  EXPECT_TRUE(desk.scheduler().is_finished());
  EXPECT_EQ(desk.scheduler().counters().failed, 1U);
  EXPECT_EQ(desk.scheduler().counters().retried, 2U);
}

TEST(Scheduler, RetriesGoFirst) {
  Desk desk;
  desk.tell(WorkerUp{one, 1});
  desk.read(3, true, 0);
  const AttemptKey first = desk.take_sent(one).at(0);
  desk.tell(AttemptsEnded{one, {{first, exit_with(1)}}});
  EXPECT_EQ(desk.take_sent(one).at(0).task, first.task);
}

TEST(Scheduler, ALostWorkersTasksGoToOthersUncharged) {
  Desk desk;
  desk.tell(WorkerUp{one, 2});
  desk.read(2);
  const auto lost = desk.take_sent(one);
  ASSERT_EQ(lost.size(), 2U);
  desk.tell(WorkerDown{one});
  desk.tell(WorkerUp{two, 2});
  const auto again = desk.take_sent(two);
  ASSERT_EQ(again.size(), 2U);
  EXPECT_EQ(again[0].task, lost[0].task) << "in order";
  EXPECT_EQ(again[0].attempt, Attempt{1});
  EXPECT_FALSE(desk.scheduler().is_current(lost[0], one));
}

TEST(Scheduler, DropsStaleReports) {
  Desk desk;
  desk.tell(WorkerUp{one, 1});
  desk.read(1);
  const AttemptKey old = desk.take_sent(one).at(0);
  desk.tell(WorkerDown{one});
  desk.tell(WorkerUp{two, 1});
  desk.tell(AttemptsEnded{one, {{old, exit_with(0)}}});
  desk.tell(AttemptsReturned{one, {old}});
  EXPECT_EQ(desk.scheduler().counters().succeeded, 0U);
  EXPECT_EQ(desk.scheduler().counters().stale, 2U);
  const AttemptKey current = desk.take_sent(two).at(0);
  desk.tell(AttemptsEnded{two, {{current, exit_with(0)}, {current, exit_with(1)}}});
  EXPECT_EQ(desk.scheduler().counters().succeeded, 1U);
  EXPECT_EQ(desk.scheduler().counters().stale, 3U);
}

TEST(Scheduler, WorkersMayComeAndGoMoreThanOnce) {
  Desk desk;
  desk.tell(WorkerUp{one, 2});
  desk.tell(WorkerUp{one, 2});
  EXPECT_EQ(desk.scheduler().counters().slots, 2U);
  desk.tell(WorkerDown{one});
  desk.tell(WorkerDown{one});
  EXPECT_EQ(desk.scheduler().counters().slots, 0U);
}

TEST(Scheduler, KeptTasksAreNotSent) {
  Desk desk;
  desk.tell(WorkerUp{one, 4});
  desk.tell(TasksRead{{{.task = TaskId{0}, .succeeded_before = true}, {.task = TaskId{1}}}, true});
  const auto sent = desk.take_sent(one);
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_EQ(sent[0].task, TaskId{1});
  EXPECT_EQ(desk.scheduler().counters().kept, 1U);
}

TEST(Scheduler, ABarrierWaitsForEverythingBeforeIt) {
  Desk desk;
  desk.tell(WorkerUp{one, 4});
  desk.tell(TasksRead{{{.task = TaskId{0}, .tries = 2},
                       {.task = TaskId{1}},
                       {.task = TaskId{2}, .after_barrier = true},
                       {.task = TaskId{3}}},
                      true});
  const auto before = desk.take_sent(one);
  ASSERT_EQ(before.size(), 2U);
  desk.tell(AttemptsEnded{one, {{before[1], exit_with(0)}}});
  EXPECT_TRUE(desk.take_sent(one).empty());
  desk.tell(AttemptsEnded{one, {{before[0], exit_with(1)}}});
  const auto retry = desk.take_sent(one);
  ASSERT_EQ(retry.size(), 1U) << "the second try is still before the barrier";
  desk.tell(AttemptsEnded{one, {{retry[0], exit_with(0)}}});
  EXPECT_EQ(desk.take_sent(one).size(), 2U);
}

TEST(Scheduler, DelaySpacesStarts) {
  Desk desk({.halt = {}, .delay = 5s, .total = {}});
  desk.tell(WorkerUp{one, 4});
  desk.read(3);
  EXPECT_EQ(desk.take_sent(one).size(), 1U);
  EXPECT_EQ(desk.scheduler().next_due(), start + 5s);
  desk.tell(Tick{}, start + 4s);
  EXPECT_TRUE(desk.take_sent(one).empty());
  desk.tell(Tick{}, start + 5s);
  EXPECT_EQ(desk.take_sent(one).size(), 1U);
}

TEST(Scheduler, ADelayThatHasPassedWaitsForASlotWithoutBeingDue) {
  Desk desk({.halt = {}, .delay = 5s});
  desk.tell(WorkerUp{one, 1});
  desk.read(2);
  EXPECT_EQ(desk.take_sent(one).size(), 1U);
  EXPECT_EQ(desk.scheduler().next_due(), end_of_time);
}

TEST(Scheduler, ADelayGrowsWithFailuresAndShrinksWithSuccesses) {
  Desk desk({.halt = {}, .delay = 10s, .delay_grows = true});
  desk.tell(WorkerUp{one, 1});
  desk.read(5);
  const auto end = [&](const Outcome& outcome, TimePoint now) {
    const std::vector<AttemptKey> sent = desk.take_sent(one);
    ASSERT_EQ(sent.size(), 1U);
    desk.tell(AttemptsEnded{one, {{sent.front(), outcome}}}, now);
  };
  end(exit_with(1), start + 1s);
  EXPECT_EQ(desk.scheduler().next_due(), start + 13s);
  desk.tell(Tick{}, start + 13s);
  end(exit_with(0), start + 14s);
  EXPECT_EQ(desk.scheduler().next_due(), start + 13s + 11700ms);
  desk.tell(Tick{}, start + 30s);
  end(ended_by(Cause::cancelled), start + 31s);
  EXPECT_EQ(desk.scheduler().next_due(), start + 30s + 11700ms) << "nobody's fault";
  desk.tell(Tick{}, start + 60s);
  end(ended_by(Cause::timed_out), start + 61s);
  EXPECT_EQ(desk.scheduler().next_due(), start + 60s + 15210ms);
}

TEST(Scheduler, ATimeLimitFollowsTheMedianOfSuccesses) {
  Desk desk({.halt = {}, .timeout_percent = 200});
  desk.tell(WorkerUp{one, 4});
  desk.read(4);
  const std::vector<AttemptKey> sent = desk.take_sent(one);
  const auto end = [&](std::size_t which, const Outcome& outcome) {
    desk.tell(AttemptsEnded{one, {{sent.at(which), outcome}}});
  };
  end(0, exit_with(1, 100s));
  EXPECT_EQ(desk.scheduler().time_limit(), std::nullopt) << "no limit until the first success";
  end(1, exit_with(0, 10s));
  EXPECT_EQ(desk.scheduler().time_limit(), 20s);
  end(2, exit_with(0, 1s));
  end(3, exit_with(0, 2s));
  EXPECT_EQ(desk.scheduler().time_limit(), 4s);
  EXPECT_EQ(Scheduler(Scheduler::Settings{}).time_limit(), std::nullopt);
}

TEST(Scheduler, ATimeLimitReachesWhatHadBegunBefore) {
  Desk desk({.timeout_percent = 200});
  desk.tell(WorkerUp{one, 4});
  desk.tell(TasksRead{{{.task = TaskId{0}}, {.task = TaskId{1}}, {.task = TaskId{2}, .limit = 0s}, {.task = TaskId{3}}},
                      true});
  const std::vector<AttemptKey> sent = desk.take_sent(one);
  ASSERT_EQ(sent.size(), 4U);
  end(desk, one, sent[3], exit_with(0, 3s), start + 3s);
  EXPECT_EQ(desk.scheduler().next_due(), start + 6s);
  end(desk, one, sent[0], exit_with(0, 5s), start + 5s);
  EXPECT_EQ(desk.scheduler().next_due(), start + 8s) << "the median is 4 s now";
  EXPECT_EQ(desk.count<StopAttempts>(), 0U);
  desk.tell(Tick{}, start + 8s);
  const auto stops = desk.take<StopAttempts>();
  ASSERT_EQ(stops.size(), 1U) << "whose timeout is 0 has none";
  EXPECT_EQ(stops[0].keys, std::vector{sent[1]});
  EXPECT_EQ(stops[0].cause, Cause::timed_out);
  EXPECT_EQ(desk.scheduler().next_due(), end_of_time);
}

TEST(Scheduler, ATimeLimitKnowsWhatSucceededInEarlierStarts) {
  Desk desk({.timeout_percent = 200});
  desk.tell(TasksRead{{{.task = TaskId{0}, .succeeded_before = true, .expected = 7s}}, true});
  EXPECT_EQ(desk.scheduler().time_limit(), 14s);
}

TEST(Scheduler, HaltSoonLetsRunningTasksEnd) {
  Desk desk({.halt = {.when = HaltRule::When::soon, .why = HaltRule::Why::fail, .count = 1}, .delay = {}, .total = {}});
  desk.tell(WorkerUp{one, 2});
  desk.read(5);
  const auto sent = desk.take_sent(one);
  ASSERT_EQ(sent.size(), 2U);
  desk.tell(AttemptsEnded{one, {{sent[0], exit_with(1)}}});
  EXPECT_EQ(desk.count<Halted>(), 1U);
  EXPECT_EQ(desk.count<StopWorker>(), 0U);
  EXPECT_TRUE(desk.take_sent(one).empty());
  EXPECT_FALSE(desk.scheduler().is_finished());
  desk.tell(AttemptsEnded{one, {{sent[1], exit_with(0)}}});
  EXPECT_TRUE(desk.scheduler().is_finished());
}

TEST(Scheduler, HaltNowStopsThem) {
  Desk desk(
      {.halt = {.when = HaltRule::When::now, .why = HaltRule::Why::success, .count = 1}, .delay = {}, .total = {}});
  desk.tell(WorkerUp{one, 2});
  desk.read(5);
  const auto sent = desk.take_sent(one);
  desk.tell(AttemptsEnded{one, {{sent[0], exit_with(0)}}});
  EXPECT_EQ(desk.count<StopWorker>(), 1U);
  desk.tell(AttemptsEnded{one, {{sent[1], ended_by(Cause::cancelled)}}});
  EXPECT_TRUE(desk.scheduler().is_finished());
  EXPECT_EQ(desk.scheduler().counters().failed, 0U) << "what farm ended is still to be done";
  EXPECT_EQ(desk.scheduler().tasks().count(TaskState::ready), 4U);
}

TEST(Scheduler, DrainTakesBackWhatWasNotStarted) {
  Desk desk;
  desk.tell(WorkerUp{one, 1});
  desk.read(1000, false);
  for (int i = 0; i < 20; ++i) {
    AttemptsEnded ended{one, {}};
    for (const AttemptKey key : desk.take_sent(one)) ended.results.push_back({key, exit_with(0, 100us)});
    desk.tell(ended);
  }
  const auto queued = desk.take_sent(one);
  ASSERT_GT(queued.size(), 1U) << "short tasks are sent ahead";
  desk.tell(Drain{});
  EXPECT_EQ(desk.count<TakeBack>(), 1U);
  desk.tell(AttemptsReturned{one, {queued.begin() + 1, queued.end()}});
  EXPECT_FALSE(desk.scheduler().is_finished());
  desk.tell(AttemptsEnded{one, {{queued[0], exit_with(0)}}});
  EXPECT_TRUE(desk.scheduler().is_finished());
  EXPECT_TRUE(desk.scheduler().is_stopping());
}

TEST(Scheduler, MemoryIsWhatIsInFlight) {
  // Many tasks pass through; what is kept of them never grows beyond the read-ahead.
  std::uint64_t asked = 0;
  Scheduler scheduler({});
  std::uint64_t read = 0;
  std::vector<AttemptKey> out;
  const auto note = [&](const Actions& actions) {
    for (const Action& action : actions) {
      if (const auto* more = std::get_if<ReadTasks>(&action)) asked += more->count;
      if (const auto* send = std::get_if<SendTasks>(&action))
        out.insert(out.end(), send->keys.begin(), send->keys.end());
    }
  };
  note(scheduler.apply(WorkerUp{one, 4}, start));
  constexpr std::uint64_t all = 200'000;
  while (!scheduler.is_finished()) {
    if (asked > 0) {
      TasksRead event;
      for (; asked > 0 && read < all; --asked) event.tasks.push_back({.task = TaskId{read++}});
      asked = 0;
      event.end = read == all;
      note(scheduler.apply(event, start));
    }
    AttemptsEnded ended{one, {}};
    for (const AttemptKey key : std::exchange(out, {})) ended.results.push_back({key, exit_with(0, 1ms)});
    note(scheduler.apply(ended, start));
    const auto& tasks = scheduler.tasks();
    ASSERT_LE(tasks.count(TaskState::ready) + tasks.count(TaskState::assigned), 2'000U);
  }
  EXPECT_EQ(scheduler.counters().succeeded, all);
}

}  // namespace
}  // namespace farm
