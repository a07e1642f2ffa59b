#include "core/heartbeats.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

namespace farm {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr Rank a{1};
constexpr Rank b{2};
constexpr TimePoint start{1h};

TEST(Heartbeats, WhoIsSilentForSoManyLooksIsOverdueOnce) {
  Heartbeats hearts(1s, 3);
  hearts.heard(a);
  hearts.heard(b);
  for (int second = 0; second < 3; ++second) {
    EXPECT_THAT(hearts.look(start + second * 1s), IsEmpty());
    hearts.heard(b);
  }
  EXPECT_THAT(hearts.look(start + 3s), ElementsAre(a));
  EXPECT_THAT(hearts.look(start + 4s), IsEmpty());
}

TEST(Heartbeats, LooksOnceInAnInterval) {
  Heartbeats hearts(1s, 2);
  hearts.heard(a);
  hearts.look(start);
  EXPECT_EQ(hearts.next_look(), start + 1s);
  for (int i = 1; i < 100; ++i) EXPECT_THAT(hearts.look(start + i * 10ms), IsEmpty());
  EXPECT_THAT(hearts.look(start + 1s), IsEmpty());
  EXPECT_THAT(hearts.look(start + 2s), ElementsAre(a));
}

TEST(Heartbeats, ThatTheWatcherWasStoppedIsNoFaultOfTheOthers) {
  Heartbeats hearts(1s, 2);
  hearts.heard(a);
  hearts.look(start);
  EXPECT_THAT(hearts.look(start + 24h), IsEmpty());
  hearts.heard(a);
  EXPECT_THAT(hearts.look(start + 24h + 1s), IsEmpty());
}

TEST(Heartbeats, AreNotMissedOfWhoWasForgottenOrWhereTheyAreOff) {
  Heartbeats hearts(1s, 0);
  hearts.heard(a);
  hearts.forget(a);
  EXPECT_EQ(hearts.next_look(), end_of_time);
  EXPECT_THAT(hearts.look(start), IsEmpty());
  Heartbeats off(0s, 0);
  off.heard(a);
  EXPECT_EQ(off.next_look(), end_of_time);
  EXPECT_THAT(off.look(start), IsEmpty());
}

// However the three clocks are shifted against each other: fenced first, then given out again, all within the limit.
TEST(HeartbeatTimes, ASilentRankIsDeadBeforeItIsGivenUp) {
  constexpr Nanos limit = 15s;
  constexpr Nanos interval = HeartbeatTimes::interval(limit);
  constexpr int steps = 20;
  // When something that looks every interval, from `phase` on, finds out about who spoke last at `last`.
  const auto finds_out = [&](TimePoint last, Nanos phase, int looks) {
    Heartbeats hearts(interval, looks);
    hearts.heard(a);
    for (TimePoint now = start + phase;; now += interval) {
      if (last > now - interval) hearts.heard(a);  // since the look before, at least once
      if (!hearts.look(now).empty()) return now;
    }
  };
  for (int beat = 0; beat < steps; ++beat) {
    for (int phase = 0; phase < steps; ++phase) {
      for (int word = 0; word < steps; ++word) {
        const TimePoint frozen = start + 10 * interval;
        const TimePoint last_beat = frozen - beat * interval / steps;
        const TimePoint last_word = frozen - word * 3 * interval / (2 * steps);
        const Nanos shift = phase * interval / steps;
        const TimePoint killed = finds_out(last_beat, shift, HeartbeatTimes::shepherds_looks);
        EXPECT_GE(killed - last_beat, limit / 2) << "a pause of half the limit is no reason";
        for (const Nanos other : std::array<Nanos, 3>{0s, interval / 3, interval - 1ns}) {
          const TimePoint given_up = finds_out(last_word, other, HeartbeatTimes::masters_looks);
          EXPECT_LT(killed, given_up);
          EXPECT_LE(given_up - last_word, limit);
        }
      }
    }
  }
}

}  // namespace
}  // namespace farm
