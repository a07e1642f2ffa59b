#include "store/recorded_times.hpp"

#include <fmt/format.h>

#include "store/support.hpp"

namespace farm::test {
namespace {

using namespace std::chrono_literals;

class RecordedTimesTest : public testing::Test {
 protected:
  // Adds the journal of one more start.
  void add(const std::vector<Record>& records) {
    std::string text;
    for (const Record& record : records) append_line(text, record);
    write_file(dir_ / fmt::format("jobs.farm/journal-{:04}.jsonl", ++journals_), text);
  }

  RecordedTimes read() const { return read_recorded_times(run_); }

  TempDir dir_;
  RunDir run_ = RunDir::open(dir_ / "jobs.farm", stopped_clock);
  int journals_ = 0;
};

AttemptEnded took(std::uint64_t task, Nanos wall, int code = 0, Nanos at = 0s) {
  AttemptEnded record = ended(task, code);
  record.outcome.usage.wall = wall;
  record.outcome.started = at;
  return record;
}

TEST_F(RecordedTimesTest, NothingWasRecorded) {
  EXPECT_FALSE(read().last);
  EXPECT_TRUE(read().durations.empty());
}

TEST_F(RecordedTimesTest, WhatSucceededSinceTheRunBeganAnew) {
  add({started(false), took(0, 9s), took(5, 9s)});
  add({started(false), took(0, 1s), took(1, 2s, 1)});
  add({started(true), took(1, 3s), took(2, 0s)});
  EXPECT_EQ(read().durations, (std::vector<Nanos>{1s, 3s, 1ns})) << "no time at all would be: not known";
  ASSERT_TRUE(read().last);
  EXPECT_TRUE(read().last->continues);
}

TEST_F(RecordedTimesTest, WhatASlotTakesFromOneTaskToTheNext) {
  std::vector<Record> records{started(false)};
  Nanos now = 100s;
  for (std::uint64_t task = 0; task < 40; ++task) {
    records.emplace_back(took(task, 1s, 0, now));
    now += 1s + (task % 2 == 0 ? 2ms : 30s);  // every other time there is nothing to do for a while
  }
  add({records.begin(), records.begin() + 15});
  EXPECT_FALSE(read().between) << "too few to tell";
  add(records);
  EXPECT_EQ(read().between, 2ms);
}

}  // namespace
}  // namespace farm::test
