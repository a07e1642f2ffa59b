#include "store/journal_format.hpp"

#include <fmt/format.h>

#include <random>

#include "base/checksum.hpp"
#include "store/support.hpp"

namespace farm::test {
namespace {

using Verdict = JournalDecoder::Verdict;

std::string checked(const std::string& body) { return fmt::format(R"({},"crc":"{:08x}"}})", body, crc32c(body)); }

Verdict verdict_on(std::string_view line) {
  Record record;
  return JournalDecoder().decode(line, record);
}

// The line with dots for its check.
std::string shown(const Record& record) {
  std::string line = line_of(record);
  return line.replace(line.size() - 11, 8, "........");
}

// What the decoder makes of a record's line. Compared by encoding again, which any lost or changed member would change.
Record round_trip(const Record& record) {
  const std::string line = line_of(record);
  EXPECT_EQ(line.find('\n'), line.size() - 1) << line;
  Record decoded;
  EXPECT_EQ(JournalDecoder().decode(std::string_view(line).substr(0, line.size() - 1), decoded), Verdict::record)
      << line;
  EXPECT_EQ(decoded.index(), record.index());
  EXPECT_EQ(line_of(decoded), line);
  return decoded;
}

template <class T>
void expect_round_trip(const T& record) {
  EXPECT_EQ(std::get<T>(round_trip(record)), record);
}

TEST(JournalFormat, LinesStayReadableForEver) {
  // These lines are on users' disks: if this test fails, what is needed is a new version, not a new expectation.
  EXPECT_EQ(
      shown(started()),
      R"({"e":"start","v":1,"run":"run","start":1,"manifest":"jobs.txt","digest":"00000000000000010000000000000002",)"
      R"("dir":"/home/ada","host":"n1","pid":4711,"t_ns":1700000000000000000,"farm":"0.1.0","crc":"........"})"
      "\n");
  AttemptEnded end = ended(12);
  end.out = {5000, 3, 8192};
  EXPECT_EQ(
      shown(end),
      R"({"e":"end","task":12,"try":0,"w":1,"host":"n2","slot":2,"cause":"exited","code":0,)"
      R"("t_ns":1700000000200000000,"wall_ns":500000000,"user_ns":400000000,"sys_ns":1000000,"rss":1048576,)"
      R"("final":true,"id":"0000000000000007000000000000000c","cmd":"sim a 12","out":[5000,3,8192],"crc":"........"})"
      "\n");
  EXPECT_EQ(shown(sent({12, 13})), R"({"e":"sent","w":1,"t_ns":0,"a":[[12,0],[13,0]],"crc":"........"})"
                                   "\n");
  EXPECT_EQ(shown(TasksKept{TaskId{0}, TaskId{11}}), R"({"e":"kept","first":0,"last":11,"crc":"........"})"
                                                     "\n");
}

TEST(JournalFormat, EveryKindOfRecordComesBack) {
  RunStarted start = started(true, std::nullopt);
  start.start = std::numeric_limits<std::uint32_t>::max();
  start.manifest = "odd \"name\"\n\\ \xc3\xa9 \xf0\x9f\x8c\xbe";
  start.directory = std::string("\xff\x00 bytes", 8);
  expect_round_trip(start);
  expect_round_trip(RunStarted{});
  expect_round_trip(TasksKept{TaskId{0}, TaskId{std::numeric_limits<std::uint64_t>::max()}});
  expect_round_trip(TasksSent{});
  TasksSent many = sent({1, 2, 3});
  many.items.push_back({TaskId{std::numeric_limits<std::uint64_t>::max()}, Attempt{4'000'000'000}});
  expect_round_trip(many);
  expect_round_trip(WorkerJoined{Rank{3}, "n3", 99, 64, Nanos{-5}});
  expect_round_trip(WorkerLost{Rank{-1}, "its connection closed", Nanos::max()});
  expect_round_trip(RunEnded{1, 2, std::nullopt, "SIGINT", Nanos::min()});
  expect_round_trip(RunEnded{1, 2, 0, "", Nanos{1}});
}

TEST(JournalFormat, AnAttemptComesBackWithAllItsMembers) {
  for (const Cause cause : {Cause::exited, Cause::signaled, Cause::timed_out, Cause::not_started, Cause::cancelled,
                            Cause::lost, Cause::out_of_memory, Cause::preempted}) {
    AttemptEnded end = ended(std::numeric_limits<std::uint64_t>::max(), -7);
    end.attempt = Attempt{3};
    end.outcome.cause = cause;
    end.outcome.dumped_core = true;
    end.outcome.left_output_open = true;
    end.outcome.up_to_date = true;
    end.final = false;
    end.name = "prepare";
    end.out = {1, 2, 3};
    end.err = {std::numeric_limits<std::uint64_t>::max(), 4, 5};
    const auto back = std::get<AttemptEnded>(round_trip(end));
    EXPECT_EQ(back.outcome.cause, cause);
    EXPECT_EQ(back.outcome.code, -7);
    EXPECT_TRUE(back.outcome.dumped_core);
    EXPECT_TRUE(back.outcome.left_output_open);
    EXPECT_TRUE(back.outcome.up_to_date);
    EXPECT_FALSE(back.final);
    EXPECT_EQ(back.attempt, Attempt{3});
    EXPECT_EQ(back.identity, end.identity);
    EXPECT_EQ(back.outcome.usage.wall, end.outcome.usage.wall);
    EXPECT_EQ(back.out, end.out);
    EXPECT_EQ(back.err, end.err);
  }
}

TEST(JournalFormat, CommandsAreBytes) {
  std::mt19937 random(1);
  for (int round = 0; round < 2000; ++round) {
    AttemptEnded end = ended(1);
    end.command.resize(random() % 40);
    for (char& byte : end.command) byte = static_cast<char>(random());
    EXPECT_EQ(std::get<AttemptEnded>(round_trip(end)).command, end.command);
  }
}

TEST(JournalFormat, CommandsThatAreNotUtf8StayReadableForPeople) {
  AttemptEnded end = ended(1);
  end.command = "cat caf\xe9";
  EXPECT_NE(line_of(end).find("\"cmd\":\"cat caf\xef\xbf\xbd\",\"cmd_hex\":\"63617420636166e9\""), std::string::npos);
}

TEST(JournalFormat, NoChangedByteGoesUnnoticed) {
  const std::string whole = line_of(ended(12));
  const std::string_view line = std::string_view(whole).substr(0, whole.size() - 1);
  Record record;
  JournalDecoder decoder;
  for (std::size_t at = 0; at < line.size(); ++at) {
    for (const int flip : {1, 2, 4, 8, 16, 64, 128, 255}) {
      std::string damaged(line);
      damaged[at] = static_cast<char>(damaged[at] ^ flip);
      EXPECT_NE(decoder.decode(damaged, record), Verdict::record) << at << ' ' << damaged;
    }
    EXPECT_NE(decoder.decode(line.substr(0, at), record), Verdict::record) << at;
  }
}

TEST(JournalFormat, WhatALaterFarmAddsIsIgnored) {
  EXPECT_EQ(verdict_on(checked(R"({"e":"weather","sky":"blue")")), Verdict::unknown);
  Record record;
  const std::string line = checked(R"({"e":"kept","new":{"deep":[1,{"a":"b"}]},"first":3,"also_hex":"zz","last":4)");
  ASSERT_EQ(JournalDecoder().decode(line, record), Verdict::record);
  EXPECT_EQ(std::get<TasksKept>(record), (TasksKept{TaskId{3}, TaskId{4}}));
}

TEST(JournalFormat, AHigherVersionIsToldApart) {
  EXPECT_EQ(verdict_on(checked(R"({"e":"start","v":2,"run":"x")")), Verdict::newer);
  EXPECT_EQ(verdict_on(R"({"e":"start","v":12,"other":"ending"})"), Verdict::newer);
}

TEST(JournalFormat, JsonWithoutACheckIsForeign) {
  EXPECT_EQ(verdict_on("{}"), Verdict::foreign);
  EXPECT_EQ(verdict_on(R"({"command":"true"})"), Verdict::foreign);
  EXPECT_EQ(verdict_on("[1]"), Verdict::damaged);
  EXPECT_EQ(verdict_on(""), Verdict::damaged);
  EXPECT_EQ(verdict_on(std::string(100, '\0')), Verdict::damaged);
}

TEST(JournalFormat, LinesThatMissOrMisuseAMemberAreNoRecords) {
  EXPECT_EQ(verdict_on(checked(R"({"e":"kept","first":3)")), Verdict::damaged);
  EXPECT_EQ(verdict_on(checked(R"({"e":"kept","first":3,"last":-1)")), Verdict::damaged);
  EXPECT_EQ(verdict_on(checked(R"({"e":"kept","first":3,"last":"4")")), Verdict::damaged);
  EXPECT_EQ(verdict_on(checked(R"({"e":"kept","first":3,"last":18446744073709551616)")), Verdict::damaged);
  EXPECT_EQ(verdict_on(checked(R"({"e":"sent","w":1,"t_ns":0,"a":[[1]])")), Verdict::damaged);
  EXPECT_EQ(verdict_on(checked(R"({"e":"sent","w":1,"t_ns":0,"a":[[1,2,3]])")), Verdict::damaged);
  EXPECT_EQ(verdict_on(checked(R"({"e":"sent","w":2147483648,"t_ns":0,"a":[])")), Verdict::damaged);
  EXPECT_EQ(verdict_on(checked(R"({"e":"lost","w":1,"why":"","why_hex":"abc","t_ns":0)")), Verdict::damaged);
  EXPECT_EQ(verdict_on(checked(R"({"e":"lost","w":1,"why":"","why_hex":"zz","t_ns":0)")), Verdict::damaged);
  EXPECT_EQ(verdict_on(checked(R"({"e":"kept","first":3,"last":4,)")), Verdict::damaged);
}

}  // namespace
}  // namespace farm::test
