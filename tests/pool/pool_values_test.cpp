// Large values: results that stay where they were computed, and broadcasts that cross to a node once.
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <mutex>
#include <numeric>
#include <ranges>
#include <set>
#include <thread>

#include "local_pool.hpp"

namespace farm {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t large = 100'000;  // doubles

const PoolMaster::Setup keeping{.keep_above = 1000};

std::vector<double> fill(double value) { return std::vector<double>(large, value); }

std::vector<double> add(const std::vector<double>& one, const std::vector<double>& other) {
  std::vector<double> sum(one);
  for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += other.at(i);
  return sum;
}

double total(std::span<const double> values) { return std::accumulate(values.begin(), values.end(), 0.0); }

std::mutex mutex;
std::map<double, std::vector<Rank>> made;  // where fill_noted ran for which value

std::vector<double> fill_noted(double value) {
  const std::lock_guard lock(mutex);
  made[value].push_back(this_rank());
  return fill(value);
}

std::vector<Rank> places(double value) {
  const std::lock_guard lock(mutex);
  return made[value];
}

class PoolValuesTest : public testing::Test {
 protected:
  PoolValuesTest() { made.clear(); }
};

TEST_F(PoolValuesTest, LargeResultsGoFromWorkerToWorker) {
  LocalPool local(4, keeping);
  const Pool pool = local.pool();
  std::vector<Future<std::vector<double>>> parts;
  for (int i = 1; i <= 20; ++i) parts.push_back(pool.submit<fill>(static_cast<double>(i)));
  const auto sum = pool.reduce<add>(parts);
  EXPECT_EQ(pool.submit<total>(sum).get(), 210.0 * large);
  EXPECT_EQ(local.through_master(), 0U);
}

TEST_F(PoolValuesTest, WhoAsksForOneGetsIt) {
  LocalPool local(2, keeping);
  const Pool pool = local.pool();
  const auto one = pool.submit<fill>(1.5);
  one.wait();
  EXPECT_TRUE(one.is_ready());
  EXPECT_EQ(local.through_master(), 0U);
  const auto both = pool.when_all(one, pool.submit<fill>(2.5));
  EXPECT_EQ(one.get(), fill(1.5));
  EXPECT_EQ(one.get(), fill(1.5));
  EXPECT_EQ(std::get<1>(both.get()), fill(2.5));
  EXPECT_EQ(local.through_master(), 2 * large * sizeof(double)) << "each of them once";
  EXPECT_EQ(pool.submit<total>(one).get(), 1.5 * large) << "also when it has been fetched";
}

TEST_F(PoolValuesTest, SmallOnesAndThoseOfMapsComeAtOnce) {
  LocalPool local(2, {.keep_above = large * sizeof(double) + 100});
  const Pool pool = local.pool();
  const auto one = pool.submit<fill>(1.0);
  one.wait();
  EXPECT_EQ(local.through_master(), large * sizeof(double));
  LocalPool other(2, keeping);
  EXPECT_EQ(other.pool().map<fill>(std::vector<double>{1, 2}).get().at(1), fill(2));
}

TEST_F(PoolValuesTest, AResultThatIsLostWithItsRankIsMadeAgainForWhoAsks) {
  LocalPool local(3, keeping);
  const Pool pool = local.pool();
  const auto one = pool.submit<fill_noted>(4.0);
  one.wait();
  local.lose(places(4.0).at(0));
  while (pool.slots() == 3) std::this_thread::yield();
  EXPECT_EQ(places(4.0).size(), 1U) << "nobody has asked";
  EXPECT_EQ(one.get(), fill(4.0));
  ASSERT_EQ(places(4.0).size(), 2U);
  EXPECT_NE(places(4.0).at(0), places(4.0).at(1));
}

// All that the last call needs, and what that was made of, lies on one rank.
TEST_F(PoolValuesTest, AndSoIsWhatItWasMadeOf) {
  for (const bool is_asked_for_before : {false, true}) {
    made.clear();
    LocalPool local(1, {.workers = {Rank{2}}, .keep_above = 1000});
    const Pool pool = local.pool();
    const auto one = pool.submit<fill_noted>(1.0);
    auto sum = pool.submit<add>(one, pool.submit<fill_noted>(2.0));
    for (int i = 0; i < 3; ++i) sum = pool.submit<add>(sum, one);
    sum.wait();
    local.join(2);
    while (pool.slots() != 2) std::this_thread::yield();
    local.lose(Rank{1});
    if (!is_asked_for_before) {
      while (pool.slots() != 1) std::this_thread::yield();
    }
    EXPECT_EQ(pool.submit<total>(sum).get(), 6.0 * large);
    EXPECT_EQ(sum.get(), fill(6.0));
    EXPECT_EQ(places(1.0).size(), 2U);
  }
}

TEST_F(PoolValuesTest, RanksThatAreLostAllTheTimeLoseNothing) {
  constexpr int workers = 8;
  LocalPool local(workers, {.crash_limit = 100, .keep_above = 1000});
  const Pool pool = local.pool();
  std::vector<Future<std::vector<double>>> last;
  for (int i = 0; i < 8; ++i) last.push_back(pool.submit<fill>(1.0));
  for (int round = 0; round < 12; ++round) {
    std::vector<Future<std::vector<double>>> next;
    for (std::size_t i = 0; i < last.size(); ++i) {
      next.push_back(pool.submit<add>(last[i], last[(i * 3 + 1) % last.size()]));
    }
    last = std::move(next);
    if (round % 2 == 0) local.lose(Rank{round / 2 + 1});
    if (round % 3 == 0) last.front().wait();
  }
  for (const auto& one : last) EXPECT_EQ(one.get(), fill(4096.0));
}

// Two ranks share rank 0's node, the others each other's.
TEST_F(PoolValuesTest, WhoAsksDoesNotKeepItFromOthers) {
  for (int round = 0; round < 20; ++round) {
    LocalPool local(4, keeping, 1, 3);
    const Pool pool = local.pool();
    const auto one = pool.submit<fill>(1.0);
    one.wait();
    std::vector<Future<double>> totals;
    for (int i = 0; i < 20; ++i) totals.push_back(pool.submit<total>(one));
    EXPECT_EQ(one.get(), fill(1.0));
    for (const auto& each : totals) EXPECT_EQ(each.get(), 1.0 * large);
  }
}

std::atomic<LocalPool*> here;
std::atomic<int> deaths;

void die(const std::vector<double>&) {
  ++deaths;
  here.load()->lose(this_rank());
  std::this_thread::sleep_for(20ms);
}

TEST_F(PoolValuesTest, ACallThatTakesRanksDownIsGivenUpAlsoIfItsArgumentGoesWithThem) {
  LocalPool local(6, {.crash_limit = 3, .keep_above = 1000});
  here = &local;
  deaths = 0;
  const Pool pool = local.pool();
  const auto bad = pool.submit<die>(pool.submit<fill>(1.0));
  try {
    bad.get();
    ADD_FAILURE();
  } catch (const TaskError& error) {
    EXPECT_EQ(error.failure().text, "it took down 3 ranks");
  }
  EXPECT_EQ(deaths, 3);
  EXPECT_EQ(pool.submit<total>(pool.submit<fill>(2.0)).get(), 2.0 * large);
}

std::atomic<bool> may_fill;
std::vector<double> fill_once(double value) {
  if (!may_fill.exchange(false)) throw std::runtime_error("only once");
  return fill(value);
}

TEST_F(PoolValuesTest, WhatFailsWhenItIsMadeAgainFailsWhatTakesIt) {
  LocalPool local(1, {.workers = {Rank{2}}, .keep_above = 1000});
  const Pool pool = local.pool();
  may_fill = true;
  const auto one = pool.submit<fill_once>(1.0);
  const auto two = pool.submit<add>(one, one);
  two.wait();
  local.join(2);
  local.lose(Rank{1});
  while (pool.slots() != 1) std::this_thread::yield();
  EXPECT_THROW(one.get(), TaskError);
  EXPECT_THROW(pool.submit<total>(two).get(), TaskError);
  EXPECT_THROW(pool.when_all(two, two).get(), TaskError);
  EXPECT_THROW(two.get(), TaskError);
}

TEST_F(PoolValuesTest, WhatWasMadeOfSomethingLentComesAtOnce) {
  LocalPool local(2, keeping);
  const std::vector<double> lent(large, 3.0);
  const auto copy =
      local.pool().submit<[](std::span<const double> v) { return std::vector(v.begin(), v.end()); }>(lend(lent));
  copy.wait();
  EXPECT_EQ(local.through_master(), 2 * large * sizeof(double)) << "there and back";
}

TEST_F(PoolValuesTest, ThoseOfAStreamComeAtOnceAndThoseThatMayNotStay) {
  LocalPool local(2, keeping);
  const Pool pool = local.pool();
  double next = 0;
  for (const auto& values : pool.stream<fill>(std::vector{0.0, 1.0, 2.0, 3.0})) EXPECT_EQ(values.back(), next++);
  const std::size_t before = local.through_master();
  pool.with({.may_stay = false}).submit<fill>(1.0).wait();
  EXPECT_EQ(local.through_master() - before, large * sizeof(double));
}

TEST_F(PoolValuesTest, ALongLoopIsNotKeptAsAWhole) {
  LocalPool local(2, keeping);
  const Pool pool = local.pool();
  auto value = pool.submit<fill>(1.0);
  const auto one = pool.submit<fill>(1.0);
  for (int i = 0; i < 40; ++i) value = pool.submit<add>(value, one);
  EXPECT_EQ(value.get(), fill(41.0));
  EXPECT_GE(local.through_master(), 4 * large * sizeof(double)) << "now and then one comes here";
}

TEST_F(PoolValuesTest, AResultThatNobodyAskedForIsGoneWithThePool) {
  LocalPool local(2, keeping);
  const auto left = local.pool().submit<fill>(1.0);
  const auto taken = local.pool().submit<fill>(2.0);
  left.wait();
  EXPECT_EQ(taken.get(), fill(2.0));
  local.end();
  EXPECT_EQ(taken.get(), fill(2.0));
  try {
    left.get();
    ADD_FAILURE();
  } catch (const TaskError& error) {
    EXPECT_NE(std::string(error.what()).find("the pool has ended"), std::string::npos) << error.what();
  }
}

TEST_F(PoolValuesTest, WithoutAnyWorkerLeftItSaysSo) {
  LocalPool local(1, keeping);
  const auto one = local.pool().submit<fill>(1.0);
  one.wait();
  local.lose(Rank{1});
  EXPECT_THROW(one.get(), TaskError);
}

TEST_F(PoolValuesTest, TheArgumentDecidesWhereACallRuns) {
  LocalPool local(4, keeping);
  const Pool pool = local.pool();
  for (int i = 0; i < 20; ++i) {
    const double value = i;
    const auto one = pool.submit<fill_noted>(value);
    one.wait();
    EXPECT_EQ(pool.submit<[](std::span<const double>) { return farm::value(this_rank()); }>(one).get(),
              farm::value(places(value).at(0)));
  }
}

// Every rank takes part: each call waits for the others.
std::atomic<int> met;
double meet(const std::vector<double>& values, int all) {
  ++met;
  while (met < all) std::this_thread::yield();
  return values.back();
}

TEST_F(PoolValuesTest, ABroadcastCrossesToANodeOnce) {
  // Rank 0 and 1; 2 and 3; 4 and 5; 6 and 7.
  constexpr int workers = 7;
  LocalPool local(workers, {}, 1, 2);
  const Pool pool = local.pool();
  for (int round = 1; round <= 3; ++round) {
    met = 0;
    const std::size_t before = local.through_master();
    const auto values = pool.broadcast(fill(round));
    const auto all = std::views::iota(0, workers) | std::views::transform([](int) { return workers; });
    const auto results = pool.with({.chunk = 1}).map<meet>(values, all).get();
    EXPECT_EQ(results, std::vector<double>(workers, round));
    EXPECT_EQ(local.through_master() - before, 4 * large * sizeof(double));
  }
}

TEST_F(PoolValuesTest, ABroadcastSurvivesThoseWhoPassItOn) {
  constexpr int workers = 9;
  for (int lost = 1; lost <= workers; ++lost) {
    LocalPool local(workers, {}, 1, 5);
    const Pool pool = local.pool();
    const auto values = pool.broadcast(fill(lost));
    const auto some = std::views::iota(0, 3) | std::views::transform([](int) { return 0; });
    pool.with({.chunk = 1}).map<meet>(values, some).get();
    const auto all = std::views::iota(0, 200) | std::views::transform([](int) { return 0; });
    const auto results = pool.with({.chunk = 1}).map<meet>(values, all);
    local.lose(Rank{lost});
    EXPECT_EQ(results.get(), std::vector<double>(200, lost));
  }
}

}  // namespace
}  // namespace farm
