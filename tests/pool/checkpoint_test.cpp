#include "pool/checkpoint.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <numeric>
#include <ranges>

#include "farm/error.hpp"
#include "local_pool.hpp"
#include "store/support.hpp"
#include "support/temp_dir.hpp"

namespace farm {
namespace {

// Workers are threads of this process.
std::atomic<int> calls{0};

int square(int value) {
  ++calls;
  if (value == 13) throw std::runtime_error("unlucky");
  return value * value;
}
std::vector<double> series(const std::string& name, int length) {
  ++calls;
  std::vector<double> values(static_cast<std::size_t>(length), static_cast<double>(name.size()));
  return values;
}
int scaled(const std::vector<int>& factors, int value) {
  ++calls;
  return factors.front() * value;
}
int difference(const std::vector<int>& left, const std::vector<int>& right, const std::vector<int>& again) {
  ++calls;
  EXPECT_EQ(left, again);
  return left.front() - right.front();
}
std::string nothing() {
  ++calls;
  return {};
}

class CheckpointTest : public testing::Test {
 protected:
  void SetUp() override { calls = 0; }
  std::string name() const { return dir_.path() + "/study"; }

  // A run of its own; how many calls were made in it.
  template <class Body>
  int run(const Body& body, std::uint32_t version = 1) const {
    calls = 0;
    LocalPool local(3);
    body(local.pool().checkpoint(name(), version));
    return calls;
  }

  TempDir dir_;
};

TEST_F(CheckpointTest, CallsAreMadeOnce) {
  const auto study = [](const Pool& pool) {
    EXPECT_EQ(pool.submit<square>(7).get(), 49);
    const auto long_one = pool.submit<series>(std::string("abc"), 100'000).get();
    EXPECT_EQ(long_one.size(), 100'000U);
    EXPECT_EQ(std::accumulate(long_one.begin(), long_one.end(), 0.0), 300'000.0);
    EXPECT_EQ(pool.submit<nothing>().get(), "");
  };
  EXPECT_EQ(run(study), 3);
  EXPECT_EQ(run(study), 0);
  EXPECT_EQ(run(study, 2), 3) << "another version";
}

TEST_F(CheckpointTest, OfAMapOnlyWhatIsMissingIsComputed) {
  const auto squares = [](const Pool& pool, auto range) {
    const auto values = pool.map<square>(range).get();
    const auto expected = range | std::views::transform([](int value) { return value * value; });
    EXPECT_TRUE(std::ranges::equal(values, expected));
  };
  EXPECT_EQ(run([&](const Pool& pool) { squares(pool, std::vector{5, 50, 6, 70}); }), 4);
  EXPECT_EQ(run([&](const Pool& pool) { squares(pool, std::vector{1, 5, 2, 6, 3, 70, 50, 4}); }), 4);
  EXPECT_EQ(run([&](const Pool& pool) { squares(pool, std::vector{1, 2, 3, 4, 5, 6}); }), 0);
  EXPECT_EQ(run([&](const Pool& pool) { squares(pool, std::views::iota(100, 1100)); }), 1000);
  EXPECT_EQ(run([&](const Pool& pool) { squares(pool, std::views::iota(99, 1101)); }), 2);
}

TEST_F(CheckpointTest, MapsOfLongResultsKeepThemApart) {
  const std::vector<std::string> names{"a", "bb", "ccc"};
  const std::vector<int> lengths{10'000, 3, 20'000};
  for (const int made : {3, 0}) {
    EXPECT_EQ(run([&](const Pool& pool) {
                const auto all = pool.map<series>(names, lengths).get();
                EXPECT_EQ(all.at(0), std::vector<double>(10'000, 1.0));
                EXPECT_EQ(all.at(1), std::vector<double>(3, 2.0));
                EXPECT_EQ(all.at(2), std::vector<double>(20'000, 3.0));
              }),
              made);
  }
}

TEST_F(CheckpointTest, WhatFailsIsTriedAgainAndNamedByItsPlace) {
  const std::vector<int> values{11, 12, 13, 14};
  const auto fail = [&](const Pool& pool) {
    try {
      pool.map<square>(values).get();
      ADD_FAILURE() << "nothing was thrown";
    } catch (const TaskError& error) {
      EXPECT_EQ(error.failure().element, 2U);
      EXPECT_EQ(error.failure().text, "unlucky");
    }
  };
  EXPECT_EQ(run(fail), 4);
  EXPECT_EQ(run(fail), 1);
}

TEST_F(CheckpointTest, ArgumentsThatCameAsFuturesAndSharedValuesCount) {
  const auto chain = [](int first) {
    return [first](const Pool& pool) {
      const auto factors = pool.broadcast(std::vector<int>{first, 0});
      EXPECT_EQ(pool.submit<scaled>(factors, pool.submit<square>(3)).get(), first * 9);
    };
  };
  EXPECT_EQ(run(chain(2)), 2);
  EXPECT_EQ(run(chain(2)), 0);
  EXPECT_EQ(run(chain(5)), 1) << "only the shared value is another";
}

TEST_F(CheckpointTest, SharedValuesAreKnownAgainInWhateverOrderTheyAreMade) {
  const auto two = [](bool swapped) {
    return [swapped](const Pool& pool) {
      if (swapped) pool.broadcast(std::string("one more"));
      const auto first = pool.broadcast(std::vector<int>{swapped ? 5 : 2});
      const auto second = pool.broadcast(std::vector<int>{swapped ? 2 : 5});
      const std::vector<int> values{1, 2, 3};
      EXPECT_EQ(pool.map<scaled>(swapped ? second : first, values).get(), (std::vector<int>{2, 4, 6}));
      EXPECT_EQ(pool.submit<scaled>(swapped ? first : second, 7).get(), 35);
      EXPECT_EQ(pool.submit<difference>(first, second, first).get(), swapped ? 3 : -3);
    };
  };
  EXPECT_EQ(run(two(false)), 5);
  EXPECT_EQ(run(two(false)), 0);
  EXPECT_EQ(run(two(true)), 1) << "only the difference is that of others";
}

TEST_F(CheckpointTest, ADiskThatBreaksAtTheEndIsSaidAndNoMore) {
  test::FakeDisk disk;
  const Packed value = packed(std::string("value"));
  testing::internal::CaptureStderr();
  {
    Checkpoint checkpoint(name() + ".farm", disk);
    checkpoint.keep({1, 2}, {nullptr, value.head, value.bodies});
    disk.write_error = EIO;
  }
  const std::string said = testing::internal::GetCapturedStderr();
  EXPECT_NE(said.find("not all results of " + name() + ".farm are kept"), std::string::npos) << said;
}

TEST_F(CheckpointTest, IsTheSameByWhateverNameAndAsOftenAsItIsOpened) {
  std::filesystem::create_symlink(dir_.path(), dir_.path() + "/link");
  const std::vector<std::string> names{name(), dir_.path() + "/./study", dir_.path() + "/link/study"};
  calls = 0;
  LocalPool local(2);
  // The last reference but the pool's is the call's, which ends at any time.
  for (std::size_t i = 0; i < 300; ++i) local.pool().checkpoint(names[i % 3]).submit<square>(static_cast<int>(i) + 20);
  for (const std::string& one : names) EXPECT_EQ(local.pool().checkpoint(one).submit<square>(21).get(), 441);
  EXPECT_LE(calls, 301);
}

TEST_F(CheckpointTest, RefusesWhatItCannotKnowAgain) {
  LocalPool local(1);
  const Pool pool = local.pool().checkpoint(name());
  EXPECT_THROW(pool.submit<[](int value) { return value; }>(1), Error);
  EXPECT_THROW(local.pool().checkpoint(""), Error);
  EXPECT_EQ(local.pool().checkpoint(name()).submit<square>(2).get(), 4) << "a second look at the same";
  EXPECT_THROW(Checkpoint(name() + ".farm"), Error) << "as another program would";
}

}  // namespace
}  // namespace farm
