#include "farm/pool.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <list>
#include <numeric>
#include <optional>
#include <ranges>

#include "farm/error.hpp"
#include "local_pool.hpp"
#include "what_is_thrown.hpp"

namespace farm {
namespace {

using namespace std::chrono_literals;

int add(int a, int b) { return a + b; }
double half(double value) { return value / 2; }
std::string greet(const std::string& name) { return "hello " + name; }
double mean(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}
int must_be_even(int value) {
  if (value % 2 != 0) throw std::domain_error(std::to_string(value) + " is odd");
  return value;
}
std::unique_ptr<int> boxed(int value) { return std::make_unique<int>(value); }
int unboxed(std::unique_ptr<int> box) { return *box; }

// What functions and tests tell each other, since they are in one process here.
std::atomic<bool> gate;
std::atomic<int> calls;
std::atomic<LocalPool*> here;

void pass_gate() {
  ++calls;
  gate.wait(false);
}

class PoolTest : public testing::Test {
 protected:
  PoolTest() {
    gate = false;
    calls = 0;
    here = &local;
  }
  static void open_gate() {
    gate = true;
    gate.notify_all();
  }
  static void await_calls(int wanted) {
    while (calls < wanted) std::this_thread::yield();
  }
  LocalPool local{3};
  Pool pool = local.pool();
};

TEST_F(PoolTest, AFileThatCannotBeLookedForIsAnError) {
  EXPECT_THROW(pool.file("/there/is/none"), Error);
  EXPECT_THROW(pool.file(std::string(100'000, 'x')), Error);
}

TEST_F(PoolTest, CallsFunctionsAndLambdas) {
  EXPECT_EQ(pool.submit<add>(1, 2).get(), 3);
  EXPECT_EQ(pool.submit<greet>("you").get(), "hello you");
  EXPECT_EQ(pool.submit<half>(3).get(), 1.5);  // converted to what the function takes
  const auto square = pool.submit<[](double x) { return x * x; }>(4);
  EXPECT_EQ(square.get(), 16.0);
  const auto any = pool.submit<[](auto text) { return text.size(); }>("four");
  EXPECT_EQ(any.get(), 4U);
  pool.submit<[] {}>().get();
}

TEST_F(PoolTest, TakesMoveOnlyValuesAndViews) {
  EXPECT_EQ(*pool.submit<boxed>(7).get(), 7);
  EXPECT_EQ(pool.submit<unboxed>(pool.submit<boxed>(8)).get(), 8);
  const auto sum = [](std::span<const double> values) { return std::accumulate(values.begin(), values.end(), 0.0); };
  EXPECT_EQ(pool.submit<sum>(std::vector<double>(100'000, 0.5)).get(), 50'000.0);
  EXPECT_EQ(pool.submit<sum>(std::vector<double>{1, 2}).get(), 3.0);
  const std::vector<double> mine(20'000, 2.0);
  EXPECT_EQ(pool.submit<sum>(lend(mine)).get(), 40'000.0);
  const auto place = [](std::span<const double> values) { return reinterpret_cast<std::uintptr_t>(values.data()); };
  EXPECT_EQ(pool.submit<place>(lend(mine)).get(), reinterpret_cast<std::uintptr_t>(mine.data()));
  EXPECT_EQ((pool.submit<[](std::string_view text, char what) { return std::ranges::count(text, what); }>("banana", 'a')
                 .get()),
            3);
}

TEST_F(PoolTest, ManyCallsOneByOne) {
  std::vector<Future<int>> futures;
  for (int i = 0; i < 20'000; ++i) futures.push_back(pool.submit<add>(i, 1));
  for (int i = 0; i < 20'000; ++i) ASSERT_EQ(futures[static_cast<std::size_t>(i)].get(), i + 1);
}

TEST_F(PoolTest, FuturesAsArgumentsMakeAGraph) {
  const auto a = pool.submit<add>(1, 2);
  const auto b = pool.submit<add>(a, 10);
  const auto c = pool.submit<add>(a, b);
  EXPECT_EQ(c.get(), 16);
  EXPECT_EQ(c.then<add>(4).get(), 20);
  auto chain = pool.submit<add>(0, 0);
  for (int i = 0; i < 2000; ++i) chain = chain.then<add>(1);
  EXPECT_EQ(chain.get(), 2000);
}

TEST_F(PoolTest, WaitsForCallsWithoutAResult) {
  static std::atomic<int> stage;
  stage = 0;
  const auto gated = pool.submit<[] {
    pass_gate();
    stage = 1;
  }>();
  const auto next = gated.then<[](int wanted) { return stage == wanted; }>(1);
  const auto third = pool.after(gated, next).map<[](int i) { return i + stage; }>(std::vector{1, 2});
  await_calls(1);
  EXPECT_FALSE(next.is_ready());
  open_gate();
  EXPECT_TRUE(next.get());
  EXPECT_EQ(third.get(), (std::vector{2, 3}));
  const auto failed = pool.submit<[] { throw 1; }>();
  EXPECT_THROW(pool.after(failed).submit<add>(1, 2).get(), TaskError);
}

TEST_F(PoolTest, WaitsForAll) {
  const auto both = pool.when_all(pool.submit<add>(1, 2), pool.submit<greet>("all"));
  EXPECT_EQ(both.get(), (std::tuple<int, std::string>(3, "hello all")));
  std::vector<Future<double>> halves;
  for (int i = 0; i < 10; ++i) halves.push_back(pool.submit<half>(i));
  EXPECT_EQ(pool.submit<mean>(pool.when_all(halves)).get(), 2.25);
  EXPECT_TRUE(pool.when_all(std::vector<Future<int>>()).get().empty());
  std::vector<Future<double>> many(10'000, pool.submit<half>(3));
  EXPECT_EQ(pool.submit<mean>(pool.when_all(many)).get(), 1.5);
}

TEST_F(PoolTest, MapsInOrder) {
  const auto halves = pool.map<half>(std::views::iota(0, 50'000));
  const std::vector<double> values = halves.get();
  ASSERT_EQ(values.size(), 50'000U);
  for (std::size_t i = 0; i < values.size(); ++i) ASSERT_EQ(values[i], static_cast<double>(i) / 2);
  EXPECT_EQ(pool.submit<mean>(halves).get(), 49'999 / 4.0);
  std::uint64_t next = 0;
  auto walk = halves.in_order();
  for (const auto [index, value] : walk) {
    ASSERT_EQ(index, next++);
    ASSERT_EQ(value, static_cast<double>(index) / 2);
  }
  EXPECT_EQ(next, 50'000U);
}

TEST_F(PoolTest, MapsSeveralRangesAndStrings) {
  const std::list<std::string> names{"a", "b", "c"};
  EXPECT_EQ(pool.map<greet>(names).get(), (std::vector<std::string>{"hello a", "hello b", "hello c"}));
  const auto sums = pool.map<add>(std::vector{1, 2, 3}, std::views::iota(10));
  EXPECT_EQ(sums.get(), (std::vector<int>{11, 13, 15}));
  EXPECT_TRUE(pool.map<add>(std::vector<int>(), std::vector<int>()).get().empty());
  EXPECT_EQ(pool.with({.chunk = 7}).map<half>(std::views::iota(0, 100)).get().size(), 100U);
}

TEST_F(PoolTest, MapsAsTheyCome) {
  std::set<std::uint64_t> seen;
  const auto slow_first = pool.with({.chunk = 1}).map<[](int i) {
    if (i == 0) pass_gate();
    return i;
  }>(std::views::iota(0, 30));
  auto walk = slow_first.as_they_come();
  for (const auto [index, value] : walk) {
    EXPECT_EQ(static_cast<std::uint64_t>(value), index);
    seen.insert(index);
    if (seen.size() == 29) open_gate();  // all but the first have come: it cannot be first
  }
  EXPECT_EQ(seen.size(), 30U);
}

TEST_F(PoolTest, TellsWhatWasThrownAndWhere) {
  auto bad = pool.submit<must_be_even>(3);
  const auto sum = pool.submit<add>(pool.submit<must_be_even>(2), bad);
  for (const auto& future : {bad, sum}) {
    try {
      future.get();
      FAIL() << "nothing was thrown";
    } catch (const TaskError& error) {
      EXPECT_EQ(error.failure().kind, TaskFailure::Kind::threw);
      EXPECT_EQ(error.failure().type, "std::domain_error");
      EXPECT_EQ(error.failure().text, "3 is odd");
      EXPECT_EQ(error.failure().task, bad.task());
      EXPECT_NE(error.failure().function.find("must_be_even"), std::string::npos);
      EXPECT_GE(value(error.failure().rank), 1);
    }
  }
  EXPECT_THROW(pool.submit<[] { throw 5; }>().get(), TaskError);
}

TEST_F(PoolTest, AFailedElementLeavesTheOthers) {
  const auto evens = pool.map<must_be_even>(std::vector{0, 2, 4, 5, 6, 7, 8});
  try {
    evens.get();
    FAIL() << "nothing was thrown";
  } catch (const TaskError& error) {
    EXPECT_EQ(error.failure().element, 3U);
  }
  std::vector<int> good;
  auto walk = evens.in_order();
  for (auto at = walk.begin(); at != walk.end(); ++at) {
    try {
      good.push_back((*at).value);
    } catch (const TaskError&) {
      good.push_back(-1);
    }
  }
  EXPECT_EQ(good, (std::vector{0, 2, 4, -1, 6, -1, 8}));
}

TEST_F(PoolTest, ReducesInATreeThatOnlyDependsOnTheNumberOfValues) {
  const auto join = [](std::string a, const std::string& b) { return std::move(a) + b; };
  std::vector<std::string> letters;
  std::string all;
  for (int i = 0; i < 1000; ++i) all += letters.emplace_back(1, static_cast<char>('a' + i % 26));
  EXPECT_EQ(pool.reduce<join>(letters).get(), all);  // associative, not commutative
  const auto plus = [](double a, double b) { return a + b; };
  const auto terms = std::views::iota(1, 100'000) | std::views::transform([](int i) { return 1.0 / i; });
  const double sum = pool.reduce<plus>(terms).get();
  LocalPool other(1);
  EXPECT_EQ(other.pool().reduce<plus>(terms).get(), sum);  // to the last bit
  EXPECT_EQ((pool.map_reduce<half, plus>(std::vector<double>{2, 4, 6}).get()), 6.0);
  std::vector<Future<double>> futures;
  for (int i = 0; i < 100; ++i) futures.push_back(pool.submit<half>(2 * i));
  EXPECT_EQ(pool.reduce<plus>(futures).get(), 4950.0);
  EXPECT_THROW(pool.reduce<plus>(std::vector<double>()).get(), TaskError);
}

TEST_F(PoolTest, SendsASharedValueOnceAndForgetsIt) {
  const auto table = pool.broadcast(std::vector<double>{10, 20, 30});
  const auto look_up = [](const std::vector<double>& values, std::size_t at) { return values.at(at); };
  EXPECT_EQ(pool.submit<look_up>(table, 1U).get(), 20.0);
  EXPECT_EQ(pool.map<look_up>(table, std::vector<std::size_t>{0, 2, 1}).get(), (std::vector<double>{10, 30, 20}));
  const auto address = [](const std::vector<double>& values) {
    return reinterpret_cast<std::uintptr_t>(values.data());
  };
  std::set<std::uintptr_t> places;
  for (int i = 0; i < 100; ++i) places.insert(pool.submit<address>(table).get());
  EXPECT_LE(places.size(), 3U);  // one object for each worker
}

TEST_F(PoolTest, HigherPriorityGoesFirst) {
  LocalPool one(1);
  const Pool alone = one.pool();
  const auto hold = alone.submit<pass_gate>();
  await_calls(1);
  static std::atomic<int> turn;
  turn = 0;
  const auto take_turn = [] { return ++turn; };
  const auto low = alone.with({.priority = -1}).submit<take_turn>();
  const auto usual = alone.submit<take_turn>();
  const auto high = alone.with({.priority = 5}).submit<take_turn>();
  open_gate();
  EXPECT_LT(high.get(), usual.get());
  EXPECT_LT(usual.get(), low.get());
}

TEST_F(PoolTest, CancelsWhatWaitsAndStopsWhatRuns) {
  std::stop_source stop;
  std::vector<Future<bool>> running;
  for (int i = 0; i < 3; ++i) {
    running.push_back(pool.with({.stop = stop.get_token()}).submit<[](std::stop_token token) {
      ++calls;
      while (!token.stop_requested()) std::this_thread::yield();
      ++calls;
      return true;
    }>());
  }
  await_calls(3);
  auto waiting = pool.submit<add>(1, 2);
  auto dependant = waiting.then<add>(1);
  waiting.cancel();
  EXPECT_THROW(waiting.get(), TaskError);
  EXPECT_THROW(dependant.get(), TaskError);
  stop.request_stop();
  for (auto& future : running) {
    try {
      future.get();
      FAIL();
    } catch (const TaskError& error) {
      EXPECT_EQ(error.failure().kind, TaskFailure::Kind::cancelled);
    }
  }
  await_calls(6);  // the functions have heard of it
  EXPECT_EQ(pool.submit<add>(2, 3).get(), 5);
}

TEST_F(PoolTest, CallsThatAreLateFail) {
  const auto until_stopped = [](std::stop_token token) {
    while (!token.stop_requested()) std::this_thread::yield();
  };
  const auto late = pool.with({.within = 1ms}).submit<until_stopped>();
  try {
    late.get();
    FAIL() << "it came in time";
  } catch (const TaskError& error) {
    EXPECT_EQ(error.failure().kind, TaskFailure::Kind::late);
  }
  EXPECT_EQ(pool.with({.within = 1h}).submit<add>(1, 2).get(), 3);
}

TEST_F(PoolTest, ReadsAStreamOnlyAsFarAsItIsUsed) {
  int read = 0;
  const auto endless = std::views::iota(0) | std::views::transform([&read](int i) {
                         ++read;
                         return i;
                       });
  auto stream = pool.stream<half>(endless, 10);
  double next = 0;
  for (const double value : stream) {
    ASSERT_EQ(value, next);
    ASSERT_LE(read, 2 * next + 10 + 1);
    next += 0.5;
    if (next == 100) break;
  }
}

TEST_F(PoolTest, RunsWhatALostWorkerHadElsewhere) {
  const auto sums = pool.map<[](int i) {
    if (i == 50 && this_rank() == Rank{1}) here.load()->lose(Rank{1});
    if (i == 50) std::this_thread::yield();
    return i + 1;
  }>(std::views::iota(0, 100));
  const std::vector<int> values = sums.get();
  for (std::size_t i = 0; i < 100; ++i) EXPECT_EQ(values[i], static_cast<int>(i) + 1);
}

TEST_F(PoolTest, GivesUpACallThatKillsRanksAndSaysSoWhenNoneIsLeft) {
  LocalPool small(3, {.crash_limit = 2});
  here = &small;
  const Pool weak = small.pool();
  const auto kill = [] {
    here.load()->lose(this_rank());
    pass_gate();
  };
  const auto what = [](const auto& future) {
    try {
      future.get();
    } catch (const TaskError& error) {
      return error.failure().text;
    }
    return std::string("nothing");
  };
  EXPECT_EQ(what(weak.submit<kill>()), "it took down 2 ranks");
  EXPECT_EQ(weak.submit<add>(1, 1).get(), 2);
  EXPECT_EQ(what(weak.submit<kill>()), "no worker is left");
  open_gate();
}

TEST_F(PoolTest, ComesToTheSameResultInAnyHaste) {
  for (const Haste haste : {Haste::latency, Haste::throughput}) {
    LocalPool hasty(2, {.haste = haste});
    const Pool two = hasty.pool();
    EXPECT_EQ(two.submit<mean>(two.map<half>(std::views::iota(0, 1001))).get(), 250.0);
    for (int i = 0; i < 100; ++i) EXPECT_EQ(two.submit<add>(i, 1).get(), i + 1);
  }
}

TEST_F(PoolTest, SlotsRunAtATime) {
  LocalPool wide(1, {}, 4);
  const Pool four = wide.pool();
  std::vector<Future<void>> futures;
  for (int i = 0; i < 4; ++i) futures.push_back(four.submit<pass_gate>());
  await_calls(4);
  open_gate();
  for (const auto& future : futures) future.get();
}

TEST_F(PoolTest, ManyThreadsMaySubmit) {
  std::vector<std::jthread> threads;
  std::atomic<int> wrong = 0;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 500; ++i) wrong += pool.submit<add>(t, i).get() == t + i ? 0 : 1;
    });
  }
  threads.clear();
  EXPECT_EQ(wrong, 0);
}

// --- what cannot be -------------------------------------------------------------------------------------------------

TEST_F(PoolTest, AfterTheEndEverythingFailsAtOnce) {
  const auto waiting = pool.submit<pass_gate>();
  const auto done = pool.submit<add>(1, 2);
  done.wait();
  open_gate();
  local.end();
  EXPECT_EQ(done.get(), 3);
  waiting.wait();
  EXPECT_NE(what_is_thrown([&] { pool.submit<add>(1, 2).get(); }).find("the pool has ended"), std::string::npos);
  EXPECT_NE(what_is_thrown([&] { done.then<add>(1).get(); }).find("the pool has ended"), std::string::npos);
  EXPECT_NE(what_is_thrown([&] {
              pool.map<half>(std::vector{1.0, 2.0}).get();
            }).find("the pool has ended"),
            std::string::npos);
  EXPECT_NE(what_is_thrown([&] { pool.when_all(done, done).get(); }).find("the pool has ended"), std::string::npos);
  EXPECT_EQ(pool.map<half>(std::vector<double>{}).get().size(), 0U);
  const auto shared = pool.broadcast(1.0);
}

std::optional<Pool> reached;
std::optional<Future<void>> unending;

TEST_F(PoolTest, FunctionsCannotUseThePoolThatRunsThem) {
  reached = pool;
  unending = pool.submit<pass_gate>();
  const auto first = what_is_thrown([&] { pool.submit<[] { reached->submit<add>(1, 2); }>().get(); });
  EXPECT_NE(first.find("cannot submit calls: return a value"), std::string::npos) << first;
  const auto second = what_is_thrown([&] { pool.submit<[] { unending->get(); }>().get(); });
  EXPECT_NE(second.find("cannot wait for a result"), std::string::npos) << second;
  const auto third = what_is_thrown([&] { pool.submit<[] { reached->map<half>(std::vector{1.0}); }>().get(); });
  EXPECT_NE(third.find("cannot submit calls"), std::string::npos) << third;
  const auto fourth = what_is_thrown([&] { pool.submit<[] { reached->broadcast(1.0); }>().get(); });
  EXPECT_NE(fourth.find("cannot broadcast a value"), std::string::npos) << fourth;
  open_gate();
  reached.reset();
  unending.reset();
}

std::vector<std::string> words(int count) { return std::vector<std::string>(static_cast<std::size_t>(count), "word"); }
std::size_t count_words(const std::vector<std::string>& all) { return all.size(); }

TEST_F(PoolTest, WhatNoMessageTakesIsAnError) {
  LocalPool small(2, {.largest_head = 1000});
  const Pool weak = small.pool();
  EXPECT_EQ(weak.submit<count_words>(words(50)).get(), 50U);
  const std::string said = what_is_thrown([&] { weak.submit<count_words>(words(200)).get(); });
  EXPECT_NE(said.find("farm::Error: what a call takes has 2.4 KiB in small parts"), std::string::npos) << said;
  EXPECT_NE(said.find("a message takes 1000 B"), std::string::npos) << said;
  // Of a map it is the largest element that counts; the map is not begun.
  EXPECT_EQ(weak.map<count_words>(std::vector(100, words(50))).get().size(), 100U);
  auto some = std::vector(100, words(50));
  some.at(70) = words(200);
  EXPECT_NE(what_is_thrown([&] { weak.map<count_words>(some).get(); }).find("what a call takes"), std::string::npos);
  // What comes out of futures counts as what was given.
  const auto late = weak.submit<words>(200);
  EXPECT_NE(what_is_thrown([&] { weak.submit<count_words>(late).get(); }).find("what a call takes"), std::string::npos);
}

TEST_F(PoolTest, FunctionsMayTakeTheirStopTokenByReference) {
  const auto asks = [](const std::stop_token& stop, int value) { return stop.stop_possible() ? value : -1; };
  EXPECT_EQ(pool.submit<asks>(5).get(), 5);
}

}  // namespace
}  // namespace farm
