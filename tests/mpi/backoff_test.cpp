#include "mpi/backoff.hpp"

#include <gtest/gtest.h>

namespace farm {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint start{};
constexpr Backoff::Situation all_ring{.all_ring = true, .expecting = true};
constexpr Backoff::Situation announced{.all_ring = true, .announced = true, .expecting = true};
constexpr Backoff::Situation expecting{.all_ring = false, .in_transit = false, .expecting = true};
constexpr Backoff::Situation idle{.all_ring = false, .in_transit = false, .expecting = false};

// Asks `count` times in a row, finding nothing, and returns the last pause.
Nanos after(Backoff& backoff, int count, const Backoff::Situation& situation) {
  Nanos pause{};
  for (; count > 0; --count) pause = backoff.patience(start, situation);
  return pause;
}

TEST(Backoff, SleepsLongWhereEverybodyRings) {
  Backoff backoff;
  EXPECT_GE(backoff.patience(start, all_ring), 100ms);
}

TEST(Backoff, DoublesUpToAMillisecondWhileSomethingIsExpected) {
  Backoff backoff;
  EXPECT_EQ(after(backoff, 1, expecting), 50us);
  EXPECT_EQ(after(backoff, 1, expecting), 100us);
  EXPECT_EQ(after(backoff, 20, expecting), 1ms);
}

TEST(Backoff, PaysInProportionToWhatIsWaitedForAnyhow) {
  Backoff backoff;
  backoff.stirred(start);
  const auto pause_at = [&](TimePoint now) {
    for (int i = 0; i < 20; ++i) backoff.patience(now, expecting);
    return backoff.patience(now, expecting);
  };
  EXPECT_EQ(pause_at(start + 100ms), 1ms);
  EXPECT_EQ(pause_at(start + 500ms), 2500us);
  EXPECT_EQ(pause_at(start + 1h), 10ms);
  backoff.stirred(start + 1h);
  EXPECT_EQ(pause_at(start + 1h), 1ms);
}

TEST(Backoff, IsNotPatientWithAMessageUnderWay) {
  Backoff backoff;
  backoff.stirred(start);
  Backoff::Situation situation = expecting;
  situation.in_transit = true;
  for (int i = 0; i < 20; ++i) EXPECT_LE(backoff.patience(start + 1h, situation), 1ms);
}

TEST(Backoff, GoesFurtherWhenNothingIs) {
  Backoff backoff;
  EXPECT_EQ(after(backoff, 20, idle), 10ms);
}

TEST(Backoff, StartsAnewWhenSomethingStirs) {
  Backoff backoff;
  after(backoff, 20, expecting);
  backoff.stirred(start);
  EXPECT_EQ(after(backoff, 1, expecting), 50us);
}

TEST(Backoff, KeepsAskingForAMessageThatWasRungFor) {
  Backoff backoff;
  backoff.rang(start);
  EXPECT_EQ(after(backoff, 1, announced), 50us);
  EXPECT_LE(after(backoff, 20, announced), 1ms);
  EXPECT_GE(backoff.patience(start + 1ms, all_ring), 100ms) << "it has come";
  EXPECT_GE(backoff.patience(start + 11ms, announced), 100ms) << "it must have been a false alarm";
}

TEST(Backoff, KeepsAskingWhileAMessageIsUnderWay) {
  Backoff backoff;
  Backoff::Situation situation = all_ring;
  situation.in_transit = true;
  EXPECT_LE(after(backoff, 20, situation), 1ms);
}

TEST(Backoff, NeverSpins) {
  Backoff backoff;
  for (int i = 0; i < 100; ++i) {
    backoff.stirred(start);
    EXPECT_GE(after(backoff, 1, expecting), 50us);
  }
}

}  // namespace
}  // namespace farm
