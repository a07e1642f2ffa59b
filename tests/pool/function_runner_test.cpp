#include "pool/function_runner.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "farm/pack.hpp"
#include "farm/pool.hpp"

namespace farm {
namespace {

using namespace std::chrono_literals;

std::atomic<std::uint64_t> begun;
std::atomic<std::uint64_t> allowed;

std::uint64_t step(std::uint64_t at) {
  ++begun;
  while (allowed < begun) std::this_thread::yield();
  return at;
}

// A piece whose elements are their own numbers.
PoolRun piece(std::uint64_t id, std::uint64_t begin, std::uint64_t end) {
  PoolRun run;
  Packer to(run.values);
  for (std::uint64_t at = begin; at < end; ++at) pack(to, at);
  run.heads.push_back({.piece = id,
                       .begin = begin,
                       .end = end,
                       .head_bytes = run.values.head.size(),
                       .function = value(detail::Call<step, std::uint64_t>::id),
                       .may_split = 1});
  return std::get<PoolRun>(*from_frame(to_frame(std::move(run))));
}

class FunctionRunnerTest : public testing::Test {
 protected:
  FunctionRunnerTest() {
    begun = 0;
    allowed = 0;
  }
  ~FunctionRunnerTest() override { allowed = ~std::uint64_t{0}; }

  static void await_begun(std::uint64_t count) {
    while (begun < count) std::this_thread::yield();
  }
  // How many elements of each piece have ended.
  std::map<std::uint64_t, std::uint64_t> ends_until(std::uint64_t total) {
    std::uint64_t sum = 0;
    while (sum < total) {
      for (const EndHead& head : runner.take_ends().heads) {
        EXPECT_GT(head.end, reached[head.piece]);
        sum += head.head_bytes / sizeof(std::uint64_t);
        reached[head.piece] = head.end;
      }
    }
    EXPECT_EQ(sum, total);
    return reached;
  }

  SystemClock clock;
  std::map<std::uint64_t, std::uint64_t> reached;
  FunctionRunner runner{{.rank = Rank{1}, .slots = 1, .wake = [] {}}, clock};
};

TEST_F(FunctionRunnerTest, GivesBackWhatWaitsBeforeWhatRuns) {
  runner.add(piece(0, 0, 10));
  await_begun(1);
  for (std::uint64_t id = 1; id <= 3; ++id) runner.add(piece(id, 0, 4));
  const auto first = runner.give_back();
  ASSERT_EQ(first.size(), 2U);  // half of those that wait, the last ones
  EXPECT_EQ(first[0].piece, 3U);
  EXPECT_EQ(first[1].piece, 2U);
  EXPECT_EQ(runner.give_back().size(), 1U);
  const auto split = runner.give_back();
  ASSERT_EQ(split.size(), 1U);
  EXPECT_EQ(split[0].piece, 0U);
  EXPECT_EQ(split[0].from, 5U);  // of the nine that are not begun, five
  allowed = 100;
  EXPECT_EQ(ends_until(5)[0], 5U);
}

TEST_F(FunctionRunnerTest, HasNothingToGiveOfTheLastElement) {
  runner.add(piece(0, 0, 1));
  await_begun(1);
  EXPECT_TRUE(runner.give_back().empty());
}

TEST_F(FunctionRunnerTest, ShowsHowFarALongPieceHasCome) {
  runner.add(piece(0, 0, 10));
  await_begun(1);
  EXPECT_TRUE(runner.has_long_piece());
  runner.show_progress();
  allowed = 1;
  EXPECT_EQ(ends_until(1)[0], 1U);
}

TEST_F(FunctionRunnerTest, CancelsWhatWaitsAndTheRestOfWhatRuns) {
  runner.add(piece(0, 0, 10));
  await_begun(1);
  runner.add(piece(1, 0, 10));
  const auto dropped = runner.cancel({0, 1, 77});
  ASSERT_EQ(dropped.size(), 2U);
  EXPECT_EQ(dropped[0].from, 1U);
  EXPECT_EQ(dropped[1].from, 0U);
  allowed = 100;
  EXPECT_EQ(ends_until(1)[0], 1U);
}

TEST_F(FunctionRunnerTest, LosesAndRepeatsNothingHoweverItIsSplit) {
  allowed = ~std::uint64_t{0};
  for (int round = 0; round < 200; ++round) {
    begun = 0;
    reached.clear();
    runner.add(piece(static_cast<std::uint64_t>(round), 0, 2000));
    std::uint64_t end = 2000;
    for (int i = 0; i < 20; ++i) {
      for (const RemainderHead& head : runner.give_back()) end = std::min(end, head.from);
    }
    ends_until(end);
    EXPECT_EQ(begun, end);
  }
}

std::string word_of(std::uint64_t size) { return std::string(size, 'w'); }

PoolRun words(std::vector<std::uint64_t> sizes) {
  PoolRun run;
  Packer to(run.values);
  for (const std::uint64_t size : sizes) pack(to, size);
  run.heads.push_back({.piece = 1,
                       .end = sizes.size(),
                       .head_bytes = run.values.head.size(),
                       .function = value(detail::Call<word_of, std::uint64_t>::id)});
  return std::get<PoolRun>(*from_frame(to_frame(std::move(run))));
}

TEST(FunctionRunnerLimits, MuchIsReportedInSeveralMessages) {
  SystemClock clock;
  FunctionRunner runner({.wake = [] {}}, clock);
  const std::size_t each = 30'000;
  runner.add(words(std::vector<std::uint64_t>(1000, each)));
  std::size_t bytes = 0;
  std::size_t messages = 0;
  std::uint64_t end = 0;
  while (end < 1000) {
    if (runner.report_due() > clock.now()) continue;
    const PoolEnds ends = runner.take_ends();
    for (const EndHead& head : ends.heads) end = head.end;
    bytes += ends.values.head.size();
    messages += ends.heads.empty() ? 0U : 1U;
    EXPECT_LT(ends.values.head.size(), 2 * PoolRun::usual_bytes + 2 * each);
  }
  EXPECT_GE(bytes, 1000 * each);
  EXPECT_GE(messages, 1000 * each / (2 * PoolRun::usual_bytes + 2 * each));
}

TEST(FunctionRunnerLimits, AResultThatNoMessageTakesIsAFailure) {
  SystemClock clock;
  FunctionRunner runner({.wake = [] {}, .largest_head = 1000}, clock);
  runner.add(words({10, 2000, 20}));
  std::vector<EndHead::Kind> kinds;
  std::string said;
  for (std::uint64_t end = 0; end < 3;) {
    const PoolEnds ends = runner.take_ends();
    for (const EndHead& head : ends.heads) {
      end = head.end;
      kinds.push_back(head.kind);
    }
    said += ends.values.head;
  }
  using Kind = EndHead::Kind;
  EXPECT_EQ(kinds, (std::vector{Kind::done, Kind::failed, Kind::done}));
  EXPECT_NE(said.find("the result of a call has 2.0 KiB in small parts"), std::string::npos) << said;
}

}  // namespace
}  // namespace farm
