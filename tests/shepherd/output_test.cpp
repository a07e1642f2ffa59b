// What happens to what tasks print.
#include <gtest/gtest.h>

#include <fstream>
#include <numeric>

#include "shepherd/rank_fixture.hpp"

namespace farm {
namespace {

std::uint64_t resident_bytes(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/statm");
  std::uint64_t size = 0;
  std::uint64_t resident = 0;
  file >> size >> resident;
  return resident * 4096;
}

TEST(Output, short_streams_come_with_the_end) {
  as_rank([](TestRank& rank) {
    const auto task = rank.run("printf out; printf err >&2");
    EXPECT_EQ(task.out, "out");
    EXPECT_EQ(task.err, "err");
    EXPECT_EQ(task.streamed, 0U);
    const auto full = rank.run("head -c 4096 /dev/zero");
    EXPECT_EQ(full.out, std::string(4096, '\0'));
    EXPECT_EQ(full.streamed, 0U);
  });
}

TEST(Output, long_streams_are_passed_on) {
  as_rank([](TestRank& rank) {
    const auto task = rank.run("head -c 4097 /dev/zero; echo short >&2");
    EXPECT_EQ(task.out, std::string(4097, '\0'));
    EXPECT_EQ(task.streamed, 4097U);
    EXPECT_EQ(task.err, "short\n");
  });
}

TEST(Output, is_passed_on_as_it_comes_when_asked_for) {
  as_rank([](TestRank& rank) {
    LaunchRequest request;
    request.command = "echo first; exec sleep 1000";
    request.stream_output = true;
    const LaunchKey key = rank.launch(request);
    EXPECT_TRUE(rank.await([&] { return rank.events.tasks[key].out == "first\n"; }));
    rank.client.stop(key);
    EXPECT_EQ(rank.await_end(key).streamed, 6U);
  });
}

TEST(Output, is_exact) {
  as_rank([](TestRank& rank) {
    std::string bytes(256, '\0');
    std::iota(bytes.begin(), bytes.end(), '\0');
    std::string escaped;
    for (int i = 0; i < 256; ++i) {
      escaped += "\\" + std::to_string(i / 64) + std::to_string(i / 8 % 8) + std::to_string(i % 8);
    }
    EXPECT_EQ(rank.run("printf '" + escaped + "'; printf '" + escaped + "' >&2").out, bytes);
    EXPECT_EQ(rank.run("printf 'no newline'").out, "no newline");
  });
}

TEST(Output, of_any_size_is_whole_and_takes_no_memory) {
  as_rank([](TestRank& rank) {
    constexpr std::size_t bytes = 100 << 20;
    const pid_t shepherd = rank.client.shepherd();
    rank.run("true");
    const std::uint64_t before = resident_bytes(shepherd);
    const auto task = rank.run("yes 0123456789abcde | head -c " + std::to_string(bytes));
    ASSERT_EQ(task.out.size(), bytes);
    bool is_exact = true;
    for (std::size_t at = 0; at < bytes; at += 16) is_exact &= task.out.compare(at, 16, "0123456789abcde\n") == 0;
    EXPECT_TRUE(is_exact);
    EXPECT_LT(resident_bytes(shepherd), before + (8U << 20));
  });
}

TEST(Output, that_is_not_consumed_makes_the_task_wait) {
  as_rank([](TestRank& rank) {
    rank.events.consuming = false;
    const LaunchKey key = rank.launch("head -c 3000000 /dev/zero");
    const LaunchKey other = rank.launch("echo other");
    ASSERT_TRUE(rank.await([&] { return rank.events.tasks[key].streamed == 256 << 10; }));
    EXPECT_EQ(rank.await_end(other).out, "other\n");
    rank.await([] { return false; }, std::chrono::milliseconds(50));
    EXPECT_EQ(rank.events.tasks[key].streamed, 256U << 10);
    EXPECT_FALSE(rank.events.tasks[key].over);
    rank.events.consuming = true;
    rank.client.consumed(key, Stream::out, 256 << 10);
    EXPECT_EQ(rank.await_end(key).out.size(), 3'000'000U);
  });
}

TEST(Output, of_an_ended_task_waits_to_be_consumed_too) {
  as_rank([](TestRank& rank) {
    rank.events.consuming = false;
    // The window and less than a pipe: the process ends while its output is still on the way.
    const LaunchKey key = rank.launch("head -c 300000 /dev/zero");
    ASSERT_TRUE(rank.await([&] { return rank.events.tasks[key].streamed == 256 << 10; }));
    rank.await([] { return false; }, std::chrono::milliseconds(250));
    EXPECT_FALSE(rank.events.tasks[key].over);
    rank.events.consuming = true;
    rank.client.consumed(key, Stream::out, 256 << 10);
    const auto task = rank.await_end(key);
    EXPECT_EQ(task.out.size(), 300'000U);
    EXPECT_FALSE(task.outcome.left_output_open);
  });
}

TEST(Output, may_be_closed_by_the_task) {
  as_rank([](TestRank& rank) {
    const auto task = rank.run("echo a; exec >&- 2>&-; sleep 0.1; exit 5");
    EXPECT_EQ(task.out, "a\n");
    EXPECT_EQ(task.outcome.code, 5);
    EXPECT_FALSE(task.outcome.left_output_open);
  });
}

TEST(Output, held_open_by_a_process_left_behind_does_not_hold_up_the_end) {
  as_rank([](TestRank& rank) {
    const auto task = rank.run("echo mine; sleep 1000 & exit 4");
    EXPECT_EQ(task.outcome.code, 4);
    EXPECT_EQ(task.out, "mine\n");
    EXPECT_TRUE(task.outcome.left_output_open);
    const auto endless = rank.run("yes & echo mine >&2; exit 0");
    EXPECT_TRUE(endless.outcome.left_output_open);
    EXPECT_EQ(endless.err, "mine\n");
  });
}

TEST(Output, that_arrives_shortly_after_the_end_counts) {
  as_rank([](TestRank& rank) {
    const auto task = rank.run("(sleep 0.02; echo late) & exit 0");
    EXPECT_EQ(task.out, "late\n");
    EXPECT_FALSE(task.outcome.left_output_open);
  });
}

}  // namespace
}  // namespace farm
