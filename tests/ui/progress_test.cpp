#include "ui/progress.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "ui/pty.hpp"

namespace farm {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

class HeldClock final : public Clock {
 public:
  TimePoint now() const override { return TimePoint{} + since_start; }
  Nanos wall() const override { return 1'700'000'000s + since_start; }
  Nanos since_start{0};
};

// A run on a terminal that standard output shows on, too, unless a test says otherwise.
class ProgressTest : public testing::Test {
 protected:
  Terminal terminal(bool shows_output = true, pid_t launcher = 0) const {
    return {pty_.open_again(), launcher, shows_output};
  }

  static RunSnapshot run(std::uint64_t succeeded) {
    RunSnapshot snapshot;
    snapshot.total = 1000;
    snapshot.known = 1000;
    snapshot.succeeded = succeeded;
    return snapshot;
  }

  Pty pty_;
  HeldClock clock_;
};

constexpr const char* erased = "\r\x1b[K";

TEST_F(ProgressTest, DrawsAtMostFiveBarsASecond) {
  const Terminal where = terminal();
  Progress progress(where, ProgressMode::bar, false, clock_);
  progress.progressed(run(1));
  EXPECT_EQ(pty_.take(), "\r[----------] 1/1,000 0% | run 0 | ok 1\x1b[K");
  int bars = 0;
  for (int i = 0; i < 1000; ++i) {
    clock_.since_start += 1ms;
    progress.progressed(run(2));
    if (!pty_.take().empty()) ++bars;
  }
  EXPECT_EQ(bars, 5);
}

TEST_F(ProgressTest, FitsTheWindowAsItIs) {
  const Terminal where = terminal();
  Progress progress(where, ProgressMode::bar, false, clock_);
  pty_.resize(12);
  progress.progressed(run(1));
  EXPECT_EQ(pty_.take(), "\r1/1,000 0%\x1b[K");
}

TEST_F(ProgressTest, ErasesTheBarAtTheEnd) {
  const Terminal where = terminal();
  {
    Progress progress(where, ProgressMode::bar, false, clock_);
    progress.progressed(run(1));
    pty_.take();
  }
  EXPECT_EQ(pty_.take(), erased);
  Progress progress(where, ProgressMode::bar, false, clock_);
  progress.progressed(run(1));
  pty_.take();
  progress.finish(run(2));
  EXPECT_EQ(pty_.take(), erased);
}

TEST_F(ProgressTest, MakesWayForTaskOutput) {
  const Terminal where = terminal();
  Progress progress(where, ProgressMode::bar, false, clock_);
  progress.before_output();
  progress.after_output(false);
  EXPECT_EQ(pty_.take(), "");
  progress.progressed(run(1));
  pty_.take();
  progress.before_output();
  EXPECT_EQ(pty_.take(), erased);
  progress.after_output(false);
  EXPECT_THAT(pty_.take(), testing::StartsWith("\r[----------] 1/1,000"));
}

TEST_F(ProgressTest, LeavesAnOpenLineAlone) {
  const Terminal where = terminal();
  Progress progress(where, ProgressMode::bar, false, clock_);
  progress.progressed(run(1));
  progress.before_output();
  pty_.take();
  progress.after_output(true);
  EXPECT_THAT(pty_.take(), testing::StartsWith("\n[----------] 1/1,000"));
}

TEST_F(ProgressTest, StaysWhereOutputGoesElsewhere) {
  const Terminal where = terminal(false);
  Progress progress(where, ProgressMode::bar, false, clock_);
  progress.progressed(run(1));
  pty_.take();
  progress.before_output();
  progress.after_output(false);
  EXPECT_EQ(pty_.take(), "");
}

TEST_F(ProgressTest, WaitsForOutputThatComesThroughALauncher) {
  const Terminal where = terminal(true, ::getpid());
  Progress progress(where, ProgressMode::bar, false, clock_);
  progress.progressed(run(1));
  progress.before_output();
  pty_.take();
  clock_.since_start += 150ms;
  progress.after_output(false);
  clock_.since_start += 100ms;
  progress.progressed(run(2));
  EXPECT_EQ(pty_.take(), "");
  clock_.since_start += 100ms;
  progress.progressed(run(3));
  EXPECT_THAT(pty_.take(), HasSubstr("3/1,000"));
}

TEST_F(ProgressTest, PutsNoticesAboveTheBar) {
  const Terminal where = terminal();
  Progress progress(where, ProgressMode::bar, false, clock_);
  progress.notice("a worker was lost");
  EXPECT_EQ(pty_.take(), "farm: a worker was lost\n");
  progress.progressed(run(1));
  pty_.take();
  progress.notice("another\x1b[2J\n");
  const std::string text = pty_.take();
  EXPECT_THAT(text, testing::StartsWith(std::string(erased) + "farm: another"));
  EXPECT_THAT(text, HasSubstr("\n\r[----------] 1/1,000"));
  EXPECT_THAT(text, Not(HasSubstr("\x1b[2J")));
}

TEST_F(ProgressTest, KeepsNoticesUntilSomebodyReads) {
  const Terminal where = terminal();
  Progress progress(where, ProgressMode::none, false, clock_);
  while (where.offer(std::string(1000, 'x')) > 0) {
  }
  progress.notice("a worker was lost");
  for (int i = 0; i < 1000; ++i) progress.notice(std::string(1000, 'y'));
  std::string text = pty_.take();
  progress.progressed(run(1));
  text += pty_.take();
  clock_.since_start += 1min;
  progress.progressed(run(2));
  text += pty_.take();
  EXPECT_THAT(text, HasSubstr("xfarm: a worker was lost\nfarm: yyy"));
  // What was kept meanwhile has its bound: far from all of the million bytes have come.
  EXPECT_LT(static_cast<std::size_t>(std::count(text.begin(), text.end(), 'y')), 200'000U);
}

TEST_F(ProgressTest, WritesPlainLinesRarely) {
  const Terminal where = terminal();
  Progress progress(where, ProgressMode::plain, false, clock_);
  progress.progressed(run(0));
  clock_.since_start = 29s;
  progress.progressed(run(500));
  EXPECT_EQ(pty_.take(), "");
  clock_.since_start = 30s;
  progress.progressed(run(500));
  EXPECT_EQ(pty_.take(), "farm: 500/1,000 50% | run 0 | ok 500\n");
  clock_.since_start = 61s;
  progress.progressed(run(509));
  EXPECT_EQ(pty_.take(), "");
  clock_.since_start = 62s;
  progress.progressed(run(510));
  EXPECT_THAT(pty_.take(), HasSubstr("510/1,000"));
}

TEST_F(ProgressTest, CountsPlainLinesFromWhatWasKept) {
  const Terminal where = terminal();
  Progress progress(where, ProgressMode::plain, false, clock_);
  RunSnapshot resumed = run(0);
  resumed.kept = 900;
  progress.progressed(resumed);
  clock_.since_start = 31s;
  resumed.succeeded = 9;
  progress.progressed(resumed);
  EXPECT_EQ(pty_.take(), "");
}

TEST_F(ProgressTest, WritesOneObjectASecondAndTheLast) {
  const Terminal where = terminal();
  Progress progress(where, ProgressMode::json, false, clock_);
  for (int i = 0; i < 30; ++i) {
    progress.progressed(run(static_cast<std::uint64_t>(i)));
    clock_.since_start += 100ms;
  }
  progress.notice("a \"worker\" was lost");
  progress.finish(run(1000));
  std::istringstream lines(pty_.take());
  std::vector<nlohmann::json> objects;
  for (std::string line; std::getline(lines, line);) objects.push_back(nlohmann::json::parse(line));
  ASSERT_EQ(objects.size(), 5U);
  EXPECT_EQ(objects[2].at("succeeded"), 20);
  EXPECT_EQ(objects[3].at("notice"), "a \"worker\" was lost");
  EXPECT_EQ(objects[4].at("succeeded"), 1000);
}

TEST_F(ProgressTest, SaysNothingButNoticesWhenTold) {
  const Terminal where = terminal();
  Progress progress(where, ProgressMode::none, false, clock_);
  progress.progressed(run(1));
  clock_.since_start += 1h;
  progress.progressed(run(999));
  EXPECT_EQ(pty_.take(), "");
  progress.notice("the disk is full");
  progress.finish(run(1000));
  EXPECT_EQ(pty_.take(), "farm: the disk is full\n");
}

}  // namespace
}  // namespace farm
