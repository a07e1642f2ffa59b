// Where tasks go and in which order: needs, tokens, dependencies, weights, the end of an allocation, stragglers.
#include <gtest/gtest.h>

#include <map>
#include <random>

#include "core/task_graph_builder.hpp"
#include "desk.hpp"

namespace farm {
namespace {

using namespace std::chrono_literals;

TEST(Placement, WorkersOfOneNodeShareIt) {
  Desk desk;
  for (const Rank rank : {one, two, three}) desk.tell(WorkerUp{rank, 2, 7, node_of_eight});
  desk.tell(AllWorkersKnown{});
  desk.tell(TasksRead{{task(0, {.cpus = 6}), task(1, {.cpus = 2}), task(2, {.cpus = 2}), task(3)}, true});
  EXPECT_EQ(desk.scheduler().counters().out, 2U) << "eight processors, and no more";
  std::set<std::uint32_t> places;
  for (const SendTasks& send : desk.take<SendTasks>()) {
    for (const std::uint32_t place : send.grants.at(0).cpus) EXPECT_TRUE(places.insert(place).second);
  }
  EXPECT_EQ(places.size(), 8U);
}

TEST(Placement, TakesTheNodeThatHasLeastLeftOver) {
  Desk desk;
  desk.tell(WorkerUp{one, 4, 1, {.cpus = 16}});
  desk.tell(WorkerUp{two, 4, 2, {.cpus = 4}});
  desk.tell(AllWorkersKnown{});
  desk.tell(TasksRead{{task(0, {.cpus = 4})}, true});
  EXPECT_EQ(desk.take_tasks(two), std::vector<TaskId>{TaskId{0}});
}

TEST(Placement, TokensAreNeverSharedAndGoInOrder) {
  Desk desk({.tokens = {{"db", 4}}});
  desk.tell(WorkerUp{one, 8});
  desk.tell(AllWorkersKnown{});
  const Needs few{.tokens = {{"db", 1}}};
  const Needs many{.tokens = {{"db", 4}}};
  desk.tell(TasksRead{{task(0, few), task(1, many), task(2, few), task(3)}, true});
  const auto sent = desk.take_sent(one);
  ASSERT_EQ(sent.size(), 2U) << "not task 2: task 1 comes first and would starve; not held up: task 3";
  EXPECT_EQ(sent[0].task, TaskId{0});
  EXPECT_EQ(sent[1].task, TaskId{3});
  end(desk, one, sent[0]);
  const auto next = desk.take_sent(one);
  ASSERT_EQ(next.size(), 1U);
  EXPECT_EQ(next[0].task, TaskId{1});
}

TEST(Placement, AWideTaskIsNotStarvedByAStreamOfSmallOnes) {
  Desk desk;
  desk.tell(WorkerUp{one, 8, 1, node_of_eight});
  desk.tell(WorkerUp{two, 8, 2, node_of_eight});
  desk.tell(AllWorkersKnown{});
  desk.tell(wide_one_in_a_stream(17, 200));
  std::deque<std::pair<Rank, AttemptKey>> running;
  std::uint64_t ended = 0;
  for (bool wide_runs = false; !wide_runs; ++ended) {
    for (const Rank rank : {one, two}) {
      for (const AttemptKey key : desk.take_sent(rank)) {
        wide_runs = wide_runs || key.task == TaskId{17};
        running.emplace_back(rank, key);
      }
    }
    ASSERT_LT(ended, 60U) << "it waits for the whole stream";
    end(desk, running.front().first, running.front().second);
    running.pop_front();
  }
}

// Whatever else runs for how long: what may pass it by are as many attempts as there are slots, then what begins
// elsewhere, or ends in time, while one node runs empty.
TEST(Placement, AWideTaskWaitsForABoundedNumberOfOthers) {
  for (std::uint32_t seed = 0; seed < 300; ++seed) {
    std::mt19937 random(seed);
    const auto below = [&](std::uint32_t limit) { return static_cast<std::uint32_t>(random() % limit); };
    const std::uint32_t nodes = 1 + below(4);
    Desk desk;
    for (std::uint32_t node = 1; node <= nodes; ++node) {
      desk.tell(WorkerUp{Rank{static_cast<std::int32_t>(node)}, 8, node, node_of_eight});
    }
    desk.tell(AllWorkersKnown{});
    const std::uint32_t slots = 8 * nodes;
    const TaskId wide{slots + below(20)};
    TasksRead event{.tasks = {}, .end = true};
    for (std::uint64_t i = 0; i < 100 * slots; ++i) {
      event.tasks.push_back(task(i, TaskId{i} == wide ? Needs{.cpus = 8} : Needs{.cpus = below(2)}));
    }
    desk.tell(event);
    std::multimap<TimePoint, std::pair<Rank, AttemptKey>> running;
    TimePoint now = start;
    std::uint64_t passed_by = 0;
    for (bool wide_runs = false; !wide_runs;) {
      for (std::uint32_t node = 1; node <= nodes; ++node) {
        const Rank rank{static_cast<std::int32_t>(node)};
        for (const AttemptKey key : desk.take_sent(rank)) {
          wide_runs = wide_runs || key.task == wide;
          passed_by += key.task > wide ? 1U : 0U;
          running.emplace(now + 1s + 1ms * below(4000), std::pair(rank, key));
        }
      }
      ASSERT_LE(passed_by, 12 * slots) << "seed " << seed;
      const auto first = running.extract(running.begin());
      const auto [rank, key] = first.mapped();
      now = first.key();
      end(desk, rank, key, exit_with(0, 2500ms), now);
    }
  }
}

TEST(Placement, ANodeThatIsKeptTakesWhatEndsBeforeItIsNeeded) {
  for (const Needs& small : {Needs{}, Needs{.cpus = 1}}) {
    Desk desk;
    desk.tell(WorkerUp{one, 8, 1, node_of_eight});
    desk.tell(AllWorkersKnown{});
    TasksRead event;
    event.tasks.push_back({.task = TaskId{0}, .expected = 60s, .needs = {.cpus = 4}});
    event.tasks.push_back({.task = TaskId{1}, .expected = 50s, .needs = {.cpus = 8}});
    for (std::uint64_t i = 2; i < 1000; ++i) {
      event.tasks.push_back({.task = TaskId{i}, .expected = 1s, .needs = small});
    }
    event.end = true;
    desk.tell(event);
    AttemptKey long_one;
    std::vector<AttemptKey> running;
    TimePoint last{};
    for (int second = 0; second < 60; ++second) {
      const TimePoint now = start + std::chrono::seconds(second);
      for (const AttemptKey key : std::exchange(running, {})) end(desk, one, key, exit_with(0, 1s), now);
      for (const AttemptKey key : desk.take_sent(one)) {
        ASSERT_NE(key.task, TaskId{1});
        if (key.task == TaskId{0}) {
          long_one = key;
        } else {
          running.push_back(key);
          last = now;
        }
      }
    }
    EXPECT_EQ(last, start + 59s) << "half of the node has time until the long one ends";
    for (const AttemptKey key : running) end(desk, one, key, exit_with(0, 1s), start + 60s);
    EXPECT_TRUE(desk.take_sent(one).empty()) << "nothing that would not end in time";
    end(desk, one, long_one, exit_with(0, 60s), start + 61s);
    EXPECT_EQ(desk.take_tasks(one), std::vector<TaskId>{TaskId{1}});
  }
}

TEST(Placement, WhatFitsNoNodeIsRefusedBeforeAnythingRuns) {
  Desk desk;
  desk.tell(WorkerUp{one, 8, 1, node_of_eight});
  desk.tell(TasksRead{{task(0), task(1, {.cpus = 16}), task(2, {.cpus = 17})}, true});
  EXPECT_EQ(desk.count<SendTasks>(), 0U) << "a larger node may come";
  desk.tell(WorkerUp{two, 8, 2, {.cpus = 16}});
  desk.tell(AllWorkersKnown{});
  EXPECT_EQ(desk.count<SendTasks>(), 0U);
  const auto halted = desk.take<Halted>();
  ASSERT_EQ(halted.size(), 1U);
  EXPECT_EQ(halted[0].why, Halted::Why::does_not_fit);
  ASSERT_EQ(halted[0].misfits.size(), 1U);
  EXPECT_EQ(halted[0].misfits[0].task, TaskId{2});
  EXPECT_EQ(halted[0].misfits[0].nearest, two);
  EXPECT_TRUE(desk.scheduler().is_finished());
}

TEST(Placement, TooFewTokensInAllAreRefusedToo) {
  Desk desk({.tokens = {{"db", 4}}});
  desk.tell(WorkerUp{one, 8});
  desk.tell(AllWorkersKnown{});
  desk.tell(TasksRead{{task(0, {.tokens = {{"db", 5}}})}, true});
  const auto halted = desk.take<Halted>();
  ASSERT_EQ(halted.size(), 1U);
  ASSERT_EQ(halted[0].misfits.size(), 1U);
  EXPECT_EQ(halted[0].misfits[0].nearest, std::nullopt);
}

TEST(Placement, WhatOnlyALostNodeHadRoomForEndsTheRun) {
  Desk desk;
  desk.tell(WorkerUp{one, 8, 1, node_of_eight});
  desk.tell(WorkerUp{two, 8, 2, {.cpus = 16}});
  desk.tell(AllWorkersKnown{});
  desk.tell(TasksRead{{task(0, {.cpus = 16})}, true});
  ASSERT_EQ(desk.take_sent(two).size(), 1U);
  desk.tell(WorkerDown{two});
  EXPECT_EQ(desk.count<Halted>(), 1U);
  EXPECT_TRUE(desk.scheduler().is_finished());
}

TEST(Placement, PriorityThenTheLongestFirst) {
  Desk desk;
  desk.tell(TasksRead{{{.task = TaskId{0}, .expected = 1s},
                       {.task = TaskId{1}, .expected = 9s},
                       {.task = TaskId{2}, .expected = 5s},
                       {.task = TaskId{3}, .priority = 1},
                       {.task = TaskId{4}, .goes_first = true}},
                      true});
  desk.tell(WorkerUp{one, 8});
  EXPECT_EQ(desk.take_tasks(one), (std::vector<TaskId>{TaskId{3}, TaskId{4}, TaskId{1}, TaskId{2}, TaskId{0}}));
}

TEST(Placement, MeasuredTimesOnlyCountWhereTheyDifferMuch) {
  Desk desk;
  desk.tell(TasksRead{{{.task = TaskId{0}, .expected = 10ms, .is_measured = true},
                       {.task = TaskId{1}, .expected = 50ms, .is_measured = true},
                       {.task = TaskId{2}, .expected = 1000ms, .is_measured = true},
                       {.task = TaskId{3}, .expected = 1050ms, .is_measured = true},
                       {.task = TaskId{4}, .expected = 2s, .is_measured = true}},
                      true});
  desk.tell(WorkerUp{one, 8});
  EXPECT_EQ(desk.take_tasks(one), (std::vector<TaskId>{TaskId{4}, TaskId{2}, TaskId{3}, TaskId{0}, TaskId{1}}));
}

TaskSpec named(const std::string& name, std::vector<std::string> after = {}) {
  TaskSpec spec;
  spec.command = "true";
  spec.name = name;
  spec.after = std::move(after);
  return spec;
}

TEST(Dependencies, TasksWaitForThoseTheyComeAfter) {
  const auto made = make_task_graph({named("d", {"b", "c"}), named("a"), named("b", {"a"}), named("c", {"a"})}, "/");
  ASSERT_TRUE(made.complaints.empty());
  Desk desk({}, made.graph);
  desk.tell(WorkerUp{one, 8});
  desk.read(4);
  auto sent = desk.take_sent(one);
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_EQ(sent[0].task, TaskId{1});
  end(desk, one, sent[0]);
  sent = desk.take_sent(one);
  ASSERT_EQ(sent.size(), 2U);
  end(desk, one, sent[0]);
  EXPECT_TRUE(desk.take_sent(one).empty());
  end(desk, one, sent[1]);
  EXPECT_EQ(desk.take_tasks(one), std::vector<TaskId>{TaskId{0}});
}

TEST(Dependencies, AFailureRulesOutWhatComesAfterItAndNothingElse) {
  const auto made =
      make_task_graph({named("a"), named("b", {"a"}), named("c", {"b"}), named("other"), named("e", {"other"})}, "/");
  Desk desk({}, made.graph);
  desk.tell(WorkerUp{one, 8});
  desk.read(3, false);
  end(desk, one, desk.take_sent(one).at(0), exit_with(1));
  desk.read(2);
  std::map<TaskId, std::optional<TaskId>> skipped;
  for (const TaskSettled& settled : desk.take<TaskSettled>()) skipped[settled.task] = settled.skipped_for;
  EXPECT_EQ(skipped.at(TaskId{1}), TaskId{0});
  EXPECT_EQ(skipped.at(TaskId{2}), TaskId{0}) << "the one that failed, not the one between";
  end(desk, one, desk.take_sent(one).at(0));
  end(desk, one, desk.take_sent(one).at(0));
  EXPECT_TRUE(desk.scheduler().is_finished());
  EXPECT_EQ(desk.scheduler().counters().skipped, 2U);
  EXPECT_EQ(desk.scheduler().counters().succeeded, 2U);
}

TEST(Dependencies, WhatSucceededBeforeIsNotWaitedFor) {
  const auto made = make_task_graph({named("a"), named("b", {"a"})}, "/");
  Desk desk({}, made.graph);
  desk.tell(WorkerUp{one, 8});
  desk.tell(TasksRead{{{.task = TaskId{0}, .succeeded_before = true}, {.task = TaskId{1}}}, true});
  EXPECT_EQ(desk.take_tasks(one), std::vector<TaskId>{TaskId{1}});
}

TEST(Dependencies, TheLongestWayToTheEndGoesFirst) {
  // A chain of three against single tasks: what holds up most begins first.
  const auto made =
      make_task_graph({named("x"), named("y", {"x"}), named("p"), named("q", {"p"}), named("r", {"q"})}, "/");
  Desk desk({}, made.graph);
  desk.read(5);
  desk.tell(WorkerUp{one, 1});
  EXPECT_EQ(desk.take_tasks(one), std::vector<TaskId>{TaskId{2}});
}

// --- workers that fail what succeeds elsewhere ----------------------------------------------------------------------

TEST(BadWorkers, AMissingProgramIsTriedElsewhereBeforeItCounts) {
  Desk desk;
  desk.tell(WorkerUp{one, 1});
  desk.tell(WorkerUp{two, 1});
  desk.read(1);
  const bool first_on_one = !desk.scheduler().tasks().count(TaskState::ready) && desk.take_sent(one).size() == 1;
  const Rank first = first_on_one ? one : two;
  const Rank second = first_on_one ? two : one;
  const AttemptKey key{TaskId{0}, Attempt{0}};
  EXPECT_FALSE(desk.scheduler().would_settle(key, exit_with(127, 1ms)));
  end(desk, first, key, exit_with(127, 1ms));
  const auto again = desk.take_sent(second);
  ASSERT_FALSE(again.empty());
  EXPECT_TRUE(desk.scheduler().would_settle(again.back(), exit_with(127, 1ms))) << "two agree: it is the task";
  end(desk, second, again.back(), exit_with(127, 1ms));
  EXPECT_EQ(desk.scheduler().counters().failed, 1U);
}

TEST(BadWorkers, AreSetAsideAndComeBackWhenOneTaskEndsWell) {
  Desk desk;
  for (const Rank rank : {one, two, three}) desk.tell(WorkerUp{rank, 1});
  desk.read(2000, true);
  const auto turn = [&](TimePoint now, bool one_is_bad) {
    for (const Rank rank : {one, two, three}) {
      for (const AttemptKey key : desk.take_sent(rank)) {
        end(desk, rank, key, exit_with(rank == one && one_is_bad ? 127 : 0, 900ms), now);
      }
    }
  };
  for (int i = 0; i < 200 && desk.count<WorkerSetAside>() == 0; ++i) turn(start, true);
  ASSERT_EQ(desk.count<WorkerSetAside>(), 1U);
  EXPECT_EQ(desk.scheduler().counters().failed, 0U) << "every task succeeded elsewhere";
  turn(start, true);
  EXPECT_TRUE(desk.take_sent(one).empty());
  EXPECT_EQ(desk.scheduler().next_due(), start + 60s);
  desk.tell(Tick{}, start + 61s);
  const auto probe = desk.take_sent(one);
  ASSERT_EQ(probe.size(), 1U);
  end(desk, one, probe[0], exit_with(0, 900ms), start + 62s);
  EXPECT_EQ(desk.count<WorkerBack>(), 1U);
  EXPECT_EQ(desk.scheduler().counters().set_aside, 0U);
}

TEST(BadWorkers, AnotherNodeIsAskedWhereThereIsOneThatCouldRunIt) {
  Desk desk;
  desk.tell(WorkerUp{one, 1, 1, node_of_eight});
  desk.read(1);
  const auto first = desk.take_sent(one);
  desk.tell(WorkerUp{two, 1, 1, node_of_eight});
  desk.tell(WorkerUp{three, 1, 2, {.cpus = 4}});
  desk.tell(AllWorkersKnown{});
  end(desk, one, first.at(0), exit_with(127, 1ms));
  EXPECT_TRUE(desk.take_sent(two).empty()) << "a neighbour has the same disk and the same faults";
  EXPECT_EQ(desk.take_sent(three).size(), 1U);
}

TEST(BadWorkers, ANeighbourIsAskedWhereNoOtherNodeCouldRunIt) {
  Desk desk;
  desk.tell(WorkerUp{one, 1, 1, node_of_eight});
  desk.tell(WorkerUp{two, 1, 1, node_of_eight});
  desk.tell(WorkerUp{three, 1, 2, {.cpus = 4}});
  desk.tell(AllWorkersKnown{});
  desk.tell(TasksRead{{task(0, {.cpus = 6})}, true});
  const auto on_one = desk.take_sent(one);
  const auto on_two = desk.take_sent(two);
  ASSERT_EQ(on_one.size() + on_two.size(), 1U);
  const bool is_one = on_two.empty();
  end(desk, is_one ? one : two, is_one ? on_one[0] : on_two[0], exit_with(127, 1ms));
  EXPECT_EQ(desk.take_sent(is_one ? two : one).size(), 1U);
}

TEST(BadWorkers, TheSecondOpinionDoesNotWaitForAFreeSlot) {
  Desk desk;
  for (const Rank rank : {one, two}) desk.tell(WorkerUp{rank, 1});
  desk.read(1000);
  std::vector<AttemptKey> failed;
  for (int i = 0; i < 10 && failed.empty(); ++i) {
    for (const AttemptKey key : desk.take_sent(two)) end(desk, two, key, exit_with(0, 1ms));
    for (const AttemptKey key : desk.take_sent(one)) {
      if (i == 9) failed.push_back(key);
      end(desk, one, key, exit_with(i == 9 ? 127 : 0, 1ms));
    }
  }
  ASSERT_GT(failed.size(), 1U) << "short tasks go out in batches";
  EXPECT_FALSE(desk.take_sent(two).empty());
  EXPECT_EQ(desk.scheduler().counters().failed, 0U);
  const auto out = desk.scheduler().out_on(two);
  for (const AttemptKey key : failed) {
    EXPECT_TRUE(std::any_of(out.begin(), out.end(), [&](AttemptKey other) { return other.task == key.task; }));
  }
}

// Its disk is gone: tasks end with 1 after 10 ms there and succeed after 10 s elsewhere.
TEST(BadWorkers, ABlackHoleDoesNotSwallowTheManifest) {
  Desk desk;
  for (std::int32_t rank = 1; rank <= 8; ++rank) desk.tell(WorkerUp{Rank{rank}, 4, static_cast<std::uint32_t>(rank)});
  desk.read(5000);
  std::vector<std::pair<Rank, AttemptKey>> running;
  for (int step = 0; step < 4000 && desk.count<WorkerSetAside>() == 0; ++step) {
    const TimePoint now = start + step * 10ms;
    for (const AttemptKey key : desk.take_sent(one)) end(desk, one, key, exit_with(1, 10ms), now);
    if (step % 1000 != 999) continue;
    std::vector<std::pair<Rank, AttemptKey>> ready;
    for (std::int32_t rank = 2; rank <= 8; ++rank) {
      for (const AttemptKey key : desk.take_sent(Rank{rank})) ready.emplace_back(Rank{rank}, key);
    }
    for (const auto& [rank, key] : ready) end(desk, rank, key, exit_with(0, 10s), now);
  }
  EXPECT_EQ(desk.count<WorkerSetAside>(), 1U);
  EXPECT_EQ(desk.count<Halted>(), 0U);
  EXPECT_LE(desk.scheduler().counters().failed, 20U) << "before anybody could know";
}

TEST(BadWorkers, TasksThatFailAtOnceEverywhereAreTriedNoMoreThanAsked) {
  Desk desk;
  for (const Rank rank : {one, two}) desk.tell(WorkerUp{rank, 1});
  desk.read(300);
  std::uint64_t attempts = 0;
  for (int i = 0; i < 1000; ++i) {
    for (const Rank rank : {one, two}) {
      for (const AttemptKey key : desk.take_sent(rank)) {
        ++attempts;
        end(desk, rank, key, exit_with(1, 10ms));
      }
    }
  }
  EXPECT_EQ(attempts, 300U);
  EXPECT_EQ(desk.scheduler().counters().failed, 300U);
}

// One worker's share of what fails at once, and another that is busy with one task for ever.
TEST(BadWorkers, WhoIsHeldGoesOnWhenNobodyElseWorks) {
  Desk desk;
  for (const Rank rank : {one, two}) desk.tell(WorkerUp{rank, 1});
  desk.read(100);
  ASSERT_EQ(desk.take_sent(two).size(), 1U);
  const auto fail_all = [&] {
    for (int i = 0; i < 200; ++i) {
      for (const AttemptKey key : desk.take_sent(one)) end(desk, one, key, exit_with(1, 10ms));
    }
  };
  fail_all();
  EXPECT_LE(desk.scheduler().counters().failed, 12U) << "the other has ended nothing yet";
  desk.tell(WorkerDown{two});
  fail_all();
  EXPECT_EQ(desk.scheduler().counters().failed, 100U);
}

TEST(BadWorkers, ASecondOpinionThatIsTakenBackIsStillAskedElsewhere) {
  Desk desk;
  for (const Rank rank : {one, two}) desk.tell(WorkerUp{rank, 1});
  desk.read(2, false);
  end(desk, one, desk.take_sent(one).at(0), exit_with(127, 1ms));
  const auto on_two = desk.scheduler().out_on(two);
  ASSERT_EQ(on_two.size(), 2U) << "its own, and behind it what failed on the other";
  desk.tell(TasksRead{{}, true});
  desk.tell(AttemptsReturned{two, {on_two[1]}});
  EXPECT_TRUE(desk.take_sent(one).empty()) << "it is idle, but has said what it has to say";
  EXPECT_EQ(desk.scheduler().out_on(two).size(), 1U) << "where the task would be taken back for ever";
  desk.tell(WorkerDown{two});
  EXPECT_EQ(desk.take_sent(one).size(), 2U) << "nobody else is left";
}

TEST(BadWorkers, ANodeWhereNothingGoesWellIsSetAsideAsAWhole) {
  Desk desk;
  constexpr std::int32_t per_node = 8;
  for (std::int32_t rank = 1; rank <= 2 * per_node; ++rank) {
    desk.tell(WorkerUp{Rank{rank}, 1, rank <= per_node ? 1U : 2U, {}});
  }
  desk.read(5000, true);
  for (int round = 0; round < 50; ++round) {
    for (std::int32_t rank = 1; rank <= 2 * per_node; ++rank) {
      for (const AttemptKey key : desk.take_sent(Rank{rank})) {
        end(desk, Rank{rank}, key, exit_with(rank > per_node ? 127 : 0, 900ms));
      }
    }
  }
  EXPECT_EQ(desk.count<Halted>(), 0U) << "one node of two is bad, not the tasks";
  EXPECT_EQ(desk.scheduler().counters().failed, 0U) << "its ranks must not agree with one another";
  EXPECT_EQ(desk.scheduler().counters().set_aside, 8U);
}

TEST(BadWorkers, TwoBadOnesDoNotBearEachOtherOut) {
  Desk desk;
  for (std::int32_t rank = 1; rank <= 5; ++rank) desk.tell(WorkerUp{Rank{rank}, 2});
  desk.read(60);
  for (int turn = 0; turn < 200 && desk.count<Halted>() == 0; ++turn) {
    // The bad ones are faster.
    for (const std::int32_t rank : {4, 5, 4, 5, 1, 2, 3}) {
      const auto keys = desk.take_sent(Rank{rank});
      for (const AttemptKey key : keys) end(desk, Rank{rank}, key, exit_with(rank > 3 ? 127 : 0, rank > 3 ? 1ms : 1s));
    }
  }
  EXPECT_EQ(desk.scheduler().counters().failed, 0U);
  EXPECT_GE(desk.count<WorkerSetAside>() + desk.count<Halted>(), 1U);
}

TEST(BadWorkers, ATaskWithNeedsIsAProbe) {
  Desk desk;
  for (const Rank rank : {one, two, three})
    desk.tell(WorkerUp{rank, 1, static_cast<std::uint32_t>(value(rank)), node_of_eight});
  desk.tell(AllWorkersKnown{});
  TasksRead all{.tasks = {}, .end = true};
  for (std::uint64_t number = 0; number < 100; ++number) all.tasks.push_back(task(number, {.cpus = 2}));
  desk.tell(all);
  for (int i = 0; i < 20 && desk.count<WorkerSetAside>() == 0; ++i) {
    for (const Rank rank : {one, two, three}) {
      for (const AttemptKey key : desk.take_sent(rank)) end(desk, rank, key, exit_with(rank == one ? 127 : 0, 1s));
    }
  }
  ASSERT_EQ(desk.count<WorkerSetAside>(), 1U);
  for (const AttemptKey key : desk.take_sent(one)) end(desk, one, key, exit_with(127, 1s));
  ASSERT_TRUE(desk.take_sent(one).empty());
  desk.tell(Tick{}, start + 61s);
  EXPECT_EQ(desk.take_sent(one).size(), 1U);
}

TEST(BadWorkers, ATaskThatTakesDownThreeIsGivenUp) {
  Desk desk;
  desk.read(1);
  for (std::int32_t rank = 1; rank <= 3; ++rank) {
    desk.tell(WorkerUp{Rank{rank}, 1});
    ASSERT_EQ(desk.take_sent(Rank{rank}).size(), 1U);
    desk.tell(WorkerDown{Rank{rank}});
  }
  EXPECT_EQ(desk.count<Poisoned>(), 1U);
  EXPECT_EQ(desk.scheduler().counters().failed, 1U);
}

TEST(BadWorkers, TwentyMissingProgramsInARowEndTheRun) {
  Desk desk({.gives_up_early = true});
  desk.tell(WorkerUp{one, 1});
  desk.read(1000);
  for (int i = 0; i < 20; ++i) end(desk, one, desk.take_sent(one).at(0), exit_with(127, 900ms));
  ASSERT_EQ(desk.count<Halted>(), 1U);
  EXPECT_EQ(desk.take<Halted>()[0].why, Halted::Why::nothing_found);
}

// --- memory, time, stragglers ---------------------------------------------------------------------------------------

TEST(Retries, WantOfMemoryAsksForMore) {
  Desk desk;
  desk.tell(WorkerUp{one, 4, 1, node_of_eight});
  desk.tell(AllWorkersKnown{});
  desk.tell(TasksRead{{task(0, {.memory = 100})}, true});
  desk.take_sent(one);
  desk.take<SendTasks>();
  end(desk, one, {TaskId{0}, Attempt{0}}, ended_by(Cause::out_of_memory));
  const auto again = desk.take<SendTasks>();
  ASSERT_EQ(again.size(), 1U);
  EXPECT_EQ(again[0].grants.at(0).memory, 200U);
  EXPECT_EQ(desk.scheduler().counters().failed, 0U);
}

TEST(Allocation, NothingStartsThatWouldOutliveIt) {
  Desk desk({.end = start + 10s, .grace = 1s});
  desk.tell(WorkerUp{one, 1});
  desk.tell(TasksRead{
      {{.task = TaskId{0}, .expected = 6s}, {.task = TaskId{1}, .expected = 4s}, {.task = TaskId{2}, .expected = 1s}},
      true});
  const auto first = desk.take_sent(one);
  ASSERT_EQ(first.at(0).task, TaskId{0});
  end(desk, one, first[0], exit_with(0, 6s), start + 6s);
  const auto second = desk.take_sent(one);
  ASSERT_EQ(second.at(0).task, TaskId{2}) << "four seconds do not fit any more, one does";
  end(desk, one, second[0], exit_with(0, 1s), start + 7s);
  EXPECT_TRUE(desk.scheduler().is_finished());
  EXPECT_EQ(desk.scheduler().counters().too_late, 1U);
}

TEST(Allocation, WhatMayTakeLongBeginsOnceItsLikeAreKnownToBeShort) {
  Desk desk({.end = start + 60s});
  desk.tell(WorkerUp{one, 1});
  TasksRead event{.tasks = {{.task = TaskId{0}, .priority = 1, .limit = 3600s}}, .end = true};
  for (std::uint64_t i = 1; i <= 20; ++i) event.tasks.push_back({.task = TaskId{i}, .expected = 1s});
  desk.tell(event);
  EXPECT_EQ(desk.scheduler().counters().too_late, 1U) << "it would be the first";
  std::vector<TaskId> begun;
  for (int second = 1; second < 30; ++second) {
    for (const AttemptKey key : desk.take_sent(one)) {
      begun.push_back(key.task);
      end(desk, one, key, exit_with(0, 1s), start + std::chrono::seconds(second));
    }
  }
  EXPECT_EQ(begun.size(), 21U);
  EXPECT_EQ(begun.at(16), TaskId{0});
  EXPECT_EQ(desk.scheduler().counters().too_late, 0U);
}

TEST(Allocation, WhatIsKnownOfATaskIsNotExact) {
  Desk desk({.end = start + 10s, .grace = 1s});
  desk.tell(WorkerUp{one, 2});
  desk.tell(TasksRead{{{.task = TaskId{0}, .expected = 8950ms}, {.task = TaskId{1}, .expected = 8850ms}}, true});
  const auto sent = desk.take_sent(one);
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_EQ(sent[0].task, TaskId{1}) << "the other one would be cut off if it took a hundredth longer";
}

TEST(Allocation, WhatRunsAtItsEndIsPreemptedUncharged) {
  Desk desk({.end = start + 10s, .grace = 2s});
  desk.tell(WorkerUp{one, 1});
  desk.read(2);
  const auto sent = desk.take_sent(one);
  EXPECT_EQ(desk.scheduler().next_due(), start + 8s);
  desk.tell(Tick{}, start + 8s);
  const auto stops = desk.take<StopAttempts>();
  ASSERT_EQ(stops.size(), 1U);
  EXPECT_EQ(stops[0].cause, Cause::preempted);
  EXPECT_EQ(stops[0].keys, sent);
  EXPECT_FALSE(desk.scheduler().would_settle(sent[0], ended_by(Cause::preempted)));
  end(desk, one, sent[0], ended_by(Cause::preempted), start + 9s);
  EXPECT_TRUE(desk.scheduler().is_finished());
  EXPECT_EQ(desk.scheduler().tasks().count(TaskState::ready), 2U);
  EXPECT_EQ(desk.scheduler().counters().retried, 0U) << "not in this allocation";
}

TEST(Stragglers, GetASecondAttemptElsewhereAndTheFirstResultWins) {
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
  ASSERT_EQ(desk.scheduler().counters().out, 1U);
  const Rank other = slow->first == one ? two : one;
  const TimePoint due = desk.scheduler().next_due();
  ASSERT_LT(due, start + 10s);
  desk.tell(Tick{}, due);
  const auto copy = desk.take_sent(other);
  ASSERT_EQ(copy.size(), 1U);
  EXPECT_EQ(copy[0], (AttemptKey{slow->second.task, Attempt{1}}));
  end(desk, other, copy[0], exit_with(0, 1s), due + 1s);
  const auto stops = desk.take<StopAttempts>();
  ASSERT_EQ(stops.size(), 1U);
  EXPECT_EQ(stops[0].keys, std::vector<AttemptKey>{slow->second});
  EXPECT_EQ(desk.scheduler().counters().succeeded, 40U);
  EXPECT_FALSE(desk.scheduler().is_current(slow->second, slow->first));
  EXPECT_FALSE(desk.scheduler().is_finished()) << "its slot is not free yet";
  end(desk, slow->first, slow->second, ended_by(Cause::cancelled), due + 2s);
  EXPECT_TRUE(desk.scheduler().is_finished());
  EXPECT_EQ(desk.scheduler().counters().superseded, 1U);
  EXPECT_EQ(desk.scheduler().counters().retried, 0U);
}

}  // namespace
}  // namespace farm
