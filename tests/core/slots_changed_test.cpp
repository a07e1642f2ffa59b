#include <gtest/gtest.h>

#include <random>

#include "desk.hpp"

namespace farm {
namespace {

using namespace std::chrono_literals;

// Long tasks: none is sent ahead of a free slot.
void end_one(Desk& desk, Rank worker, AttemptKey key) { desk.tell(AttemptsEnded{worker, {{key, exit_with(0)}}}); }

TEST(SlotsChanged, MoreSlotsAreFilledAtOnce) {
  Desk desk;
  desk.tell(WorkerUp{one, 1});
  desk.read(10);
  EXPECT_EQ(desk.scheduler().counters().slots, 1U);
  const std::size_t before = desk.take_sent(one).size();
  desk.tell(SlotsChanged{one, 4});
  EXPECT_EQ(desk.scheduler().counters().slots, 4U);
  EXPECT_GE(before + desk.take_sent(one).size(), 4U);
}

TEST(SlotsChanged, FewerLetWhatRunsEnd) {
  Desk desk({.delay = 1ns});  // nothing is sent ahead
  desk.tell(WorkerUp{one, 3});
  TimePoint now = start;
  desk.read(10);
  for (int i = 0; i < 5; ++i) desk.tell(Tick{}, now += 1s);
  const auto running = desk.take_sent(one);
  ASSERT_EQ(running.size(), 3U);
  desk.tell(SlotsChanged{one, 1}, now += 1s);
  EXPECT_EQ(desk.count<TakeBack>(), 1U) << "what it has not begun";
  desk.tell(AttemptsReturned{one, {}}, now += 1s);
  for (const int left : {2, 1}) {
    desk.tell(AttemptsEnded{one, {{running[static_cast<std::size_t>(left)], exit_with(0)}}}, now += 1s);
    EXPECT_TRUE(desk.take_sent(one).empty()) << left << " still run";
  }
  EXPECT_EQ(desk.scheduler().counters().slots, 1U);
  desk.tell(AttemptsEnded{one, {{running[0], exit_with(0)}}}, now += 1s);
  EXPECT_EQ(desk.take_sent(one).size(), 1U);
}

TEST(SlotsChanged, AWorkerMayHaveNone) {
  Desk desk;
  desk.tell(WorkerUp{one, 1});
  desk.tell(WorkerUp{two, 1});
  desk.tell(SlotsChanged{two, 0});
  desk.read(6);
  EXPECT_TRUE(desk.take_sent(two).empty());
  EXPECT_EQ(desk.scheduler().counters().slots, 1U);
  desk.tell(SlotsChanged{two, 2});
  EXPECT_FALSE(desk.take_sent(two).empty());
  desk.tell(SlotsChanged{Rank{7}, 2});  // nobody knows it
  EXPECT_EQ(desk.scheduler().counters().slots, 3U);
}

// The invariants are checked after every event.
TEST(SlotsChanged, AnySequenceEndsWithEveryTaskDone) {
  for (unsigned seed = 0; seed < 50; ++seed) {
    std::mt19937 random(seed);
    const auto below = [&](std::uint32_t most) { return static_cast<std::uint32_t>(random() % most); };
    Desk desk;
    desk.tell(WorkerUp{.worker = one, .slots = 2, .node = 0});
    desk.tell(WorkerUp{.worker = two, .slots = 1, .node = below(2)});
    desk.read(200);
    std::map<Rank, std::vector<AttemptKey>> out;
    std::map<Rank, std::uint32_t> slots{{one, 2}, {two, 1}};
    for (int step = 0; step < 5000 && !desk.scheduler().is_finished(); ++step) {
      for (const Rank rank : {one, two}) {
        for (const AttemptKey key : desk.take_sent(rank)) out[rank].push_back(key);
      }
      const Rank rank = below(2) == 0 ? one : two;
      if (below(10) == 0) {
        slots[rank] = rank == one ? 1 + below(4) : below(5);
        desk.tell(SlotsChanged{rank, slots[rank]});
      } else if (!out[rank].empty() && slots[rank] > 0) {
        end_one(desk, rank, out[rank].front());
        out[rank].erase(out[rank].begin());
      }
      // What a worker without slots has not begun comes back.
      for (const TakeBack& take : desk.take<TakeBack>()) {
        const std::size_t kept = std::min<std::size_t>(slots[take.worker], out[take.worker].size());
        const auto first = out[take.worker].begin() + static_cast<std::ptrdiff_t>(kept);
        const std::vector<AttemptKey> returned(first, out[take.worker].end());
        out[take.worker].erase(first, out[take.worker].end());
        for (const AttemptKey key : desk.take_sent(take.worker)) out[take.worker].push_back(key);
        desk.tell(AttemptsReturned{take.worker, returned});
      }
    }
    EXPECT_TRUE(desk.scheduler().is_finished()) << seed;
    EXPECT_EQ(desk.scheduler().counters().succeeded, 200U) << seed;
  }
}

}  // namespace
}  // namespace farm
