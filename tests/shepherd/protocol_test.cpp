#include "shepherd/protocol.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>

#include "farm/error.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace farm {
namespace {

void fuzz(const std::string& input) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
}

LaunchRequest full_request() {
  LaunchRequest request;
  request.task = TaskId{1'000'000'007};
  request.attempt = Attempt{2};
  request.slot = 9;
  request.command = std::string("a\0b\n", 4);
  request.argv = {"x", "", "y z"};
  request.cwd = "/tmp";
  request.env = {{"A", "1"}, {"B", ""}};
  request.timeout = std::chrono::milliseconds(1500);
  request.stream_output = true;
  request.stdin_parts = {{"/data/a", 1ULL << 40, 17}, {"", 0, UINT64_MAX}};
  request.inherits_stdin = true;
  return request;
}

TaskEnded full_end() {
  Outcome outcome;
  outcome.cause = Cause::signaled;
  outcome.code = 11;
  outcome.dumped_core = true;
  outcome.started = Nanos(123456789);
  outcome.usage = {Nanos(1), Nanos(2), Nanos(3), 4096};
  return {LaunchKey{TaskId{7}, Attempt{1}}, outcome, "out", "err"};
}

template <class Message>
Message round_trip(const Message& message) {
  std::string bytes;
  append_record(bytes, message);
  std::string_view rest = bytes;
  auto taken = take_record<Message>(rest);
  EXPECT_TRUE(taken && rest.empty());
  std::string again;
  append_record(again, *taken);
  EXPECT_EQ(again, bytes);
  return message;
}

std::string requests() {
  std::string bytes;
  append_record(bytes, ToShepherd(Settings{"/bin/bash", true, "/run", Rank{3}}));
  append_record(bytes, ToShepherd(full_request()));
  append_record(bytes, ToShepherd(StopTask{LaunchKey{TaskId{1}, Attempt{0}}}));
  append_record(bytes, ToShepherd(Consumed{LaunchKey{TaskId{1}, Attempt{0}}, Stream::err, 4711}));
  append_record(bytes, ToShepherd(Leave{-1, true}));
  append_record(bytes, ToShepherd(Beat{}));
  append_record(bytes, ToShepherd(Finishing{}));
  append_record(bytes, ToShepherd(Starting{std::chrono::seconds(2)}));
  append_record(bytes, ToShepherd(Tidy{}));
  return bytes;
}

std::string reports() {
  std::string bytes;
  append_record(bytes, ToRank(TaskOutput{LaunchKey{TaskId{1}, Attempt{0}}, Stream::out, "text"}));
  append_record(bytes, ToRank(full_end()));
  append_record(bytes, ToRank(Signalled{15}));
  append_record(bytes, ToRank(Tidied{}));
  return bytes;
}

TEST(Protocol, launch_request_arrives_whole) {
  std::string bytes;
  append_record(bytes, ToShepherd(full_request()));
  std::string_view rest = bytes;
  const auto message = take_record<ToShepherd>(rest);
  ASSERT_TRUE(message);
  const auto& request = std::get<LaunchRequest>(*message);
  const LaunchRequest expected = full_request();
  EXPECT_EQ(request.task, expected.task);
  EXPECT_EQ(request.attempt, expected.attempt);
  EXPECT_EQ(request.slot, expected.slot);
  EXPECT_EQ(request.command, expected.command);
  EXPECT_EQ(request.argv, expected.argv);
  EXPECT_EQ(request.cwd, expected.cwd);
  EXPECT_EQ(request.env, expected.env);
  EXPECT_EQ(request.timeout, expected.timeout);
  EXPECT_EQ(request.stream_output, expected.stream_output);
  EXPECT_EQ(request.stdin_parts, expected.stdin_parts);
  EXPECT_EQ(request.inherits_stdin, expected.inherits_stdin);
}

TEST(Protocol, end_arrives_whole) {
  std::string bytes;
  append_record(bytes, ToRank(full_end()));
  std::string_view rest = bytes;
  const auto message = take_record<ToRank>(rest);
  ASSERT_TRUE(message);
  const auto& end = std::get<TaskEnded>(*message);
  EXPECT_EQ(end.key, full_end().key);
  EXPECT_EQ(end.outcome.cause, Cause::signaled);
  EXPECT_EQ(end.outcome.code, 11);
  EXPECT_TRUE(end.outcome.dumped_core);
  EXPECT_FALSE(end.outcome.left_output_open);
  EXPECT_EQ(end.outcome.usage.system, Nanos(3));
  EXPECT_EQ(end.outcome.usage.peak_rss_bytes, 4096U);
  EXPECT_EQ(end.out, "out");
  EXPECT_EQ(end.err, "err");
}

TEST(Protocol, small_messages_arrive_whole) {
  round_trip(ToShepherd(Settings{"/bin/bash", true, "/run", Rank{3}}));
  round_trip(ToShepherd(Settings{"/bin/bash", true, "/run", Rank{3}, -5}));
  round_trip(ToShepherd(Settings{.shell = "/bin/bash", .term_sequence = "TERM,200", .most_processes = 30}));
  round_trip(ToShepherd(Consumed{LaunchKey{TaskId{1}, Attempt{0}}, Stream::err, 4711}));
  round_trip(ToRank(Signalled{15}));
}

TEST(Protocol, waits_for_the_rest_of_a_record) {
  const std::string bytes = requests();
  std::string buffer;
  std::size_t taken = 0;
  for (const char byte : bytes) {
    buffer += byte;
    std::string_view rest = buffer;
    if (!take_record<ToShepherd>(rest)) continue;
    ++taken;
    buffer.erase(0, buffer.size() - rest.size());
  }
  EXPECT_EQ(taken, std::variant_size_v<ToShepherd>);
  EXPECT_TRUE(buffer.empty());
}

TEST(Protocol, refuses_an_unknown_kind_and_a_senseless_size) {
  std::string bytes;
  append_record(bytes, ToRank(Signalled{15}));
  std::string bad = bytes;
  bad[4] = 77;
  std::string_view rest = bad;
  EXPECT_THROW(take_record<ToRank>(rest), Error);
  bad = bytes;
  bad[3] = '\xff';
  rest = bad;
  EXPECT_THROW(take_record<ToRank>(rest), Error);
}

TEST(Protocol, refuses_a_record_that_is_too_short_or_too_long) {
  std::string bytes;
  append_record(bytes, ToRank(Signalled{15}));
  std::string bad = bytes;
  bad[0] = 3;
  std::string_view rest = bad;
  EXPECT_THROW(take_record<ToRank>(rest), Error);
  bad = bytes + "x";
  bad[0] = 5;
  rest = bad;
  EXPECT_THROW(take_record<ToRank>(rest), Error);
}

// Every byte of every message, replaced: it is decoded, refused or incomplete, under the sanitizers, too.
TEST(Protocol, survives_every_damaged_byte) {
  for (const auto& [direction, bytes] : {std::pair('\0', requests()), std::pair('\1', reports())}) {
    for (std::size_t at = 0; at < bytes.size(); ++at) {
      for (const char damage : {'\0', '\1', '\2', '\x7f', '\x80', '\xff'}) {
        std::string bad = direction + bytes;
        bad[at + 1] = damage;
        fuzz(bad);
      }
    }
  }
}

TEST(Protocol, survives_random_bytes) {
  std::mt19937 random(1);
  std::uniform_int_distribution<int> byte(0, 255);
  for (int round = 0; round < 2000; ++round) {
    std::string bytes(static_cast<std::size_t>(byte(random)), '\0');
    for (char& each : bytes) each = static_cast<char>(byte(random));
    // A plausible header, so that the payload is looked at.
    if (bytes.size() > 9)
      bytes.replace(1, 8, std::string{static_cast<char>(bytes.size() - 9), 0, 0, 0, char(round % 6), 0, 0, 0});
    fuzz(bytes);
  }
}

TEST(Protocol, survives_its_corpus) {
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(FARM_TEST_CORPUS)) {
    std::ifstream file(entry.path(), std::ios::binary);
    fuzz({std::istreambuf_iterator<char>(file), {}});
    ++files;
  }
  EXPECT_GE(files, 2U);
}

}  // namespace
}  // namespace farm
