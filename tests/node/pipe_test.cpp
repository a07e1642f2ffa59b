// From the data to the tasks that read them: both pipe sources with a real shepherd and real processes.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <sstream>

#include "manifest/pipe_part_source.hpp"
#include "manifest/pipe_source.hpp"
#include "shepherd/rank_fixture.hpp"
#include "store/run_dir.hpp"
#include "support/temp_dir.hpp"

namespace farm {
namespace {

constexpr int lines = 300'000;

std::string sequence(int last) {
  std::string text;
  for (int i = 1; i <= last; ++i) text += std::to_string(i) + "\n";
  return text;
}

TaskSpec cat(std::uint64_t) { return {.command = "cat"}; }

LaunchRequest request_for(const TaskSpec& task) {
  LaunchRequest request;
  request.command = task.command;
  request.stdin_parts = task.stdin_parts;
  return request;
}

class PipeTest : public testing::Test {
 protected:
  TempDir dir_;
};

TEST_F(PipeTest, PartsOfAFileAreReadByTheTasksAlone) {
  const std::string text = sequence(lines);
  dir_.write("data", text);
  as_rank([&](TestRank& rank) {
    PipePartSource source({.files = {"data"}, .options = {.block = 100'000}, .launch_dir = dir_.path(), .make = cat});
    std::vector<LaunchKey> keys;
    TaskSpec task;
    while (source.next(task) == TaskSource::Next::task) keys.push_back(rank.launch(request_for(task)));
    EXPECT_EQ(source.total(), keys.size());
    EXPECT_EQ(keys.size(), text.size() / 100'000 + 1);
    std::string all;
    for (const LaunchKey key : keys) {
      const std::string part = rank.await_end(key).out;
      EXPECT_TRUE(part.ends_with("\n"));
      all += part;
    }
    EXPECT_TRUE(all == text);
  });
}

TEST_F(PipeTest, AStreamIsKeptInTheRunDirectoryUntilItsTasksAreDone) {
  const std::string text = sequence(lines);
  const std::string path = dir_.write("data", text);
  as_rank([&](TestRank& rank) {
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    UniqueFd reader(ends[0]);
    UniqueFd writer(ends[1]);
    const SystemClock clock;
    const RunDir run = RunDir::open(dir_ / "run", clock);
    PipeSource source(std::move(reader), {.options = {.block = 100'000},
                                          .open_spool =
                                              [&] {
                                                RunDir::File file = run.create_input(1);
                                                return PipeSource::Spool{std::move(file.fd), file.path};
                                              },
                                          .make = cat});
    std::size_t sent = 0;
    std::string all;
    TaskSpec task;
    std::uint64_t tasks = 0;
    for (auto next = TaskSource::Next::later; next != TaskSource::Next::end;) {
      next = source.next(task);
      if (next == TaskSource::Next::task) {
        all += rank.run(request_for(task)).out;
        source.settled(tasks++);
      } else if (next == TaskSource::Next::later && sent < text.size()) {
        const std::size_t bytes = std::min<std::size_t>(text.size() - sent, 50'000);
        ASSERT_EQ(::write(writer.get(), text.data() + sent, bytes), static_cast<ssize_t>(bytes));
        sent += bytes;
      } else {
        writer.reset();
      }
    }
    EXPECT_EQ(tasks, text.size() / 100'000 + 1);
    EXPECT_TRUE(all == text);
    EXPECT_TRUE(run.remove());
  });
}

TEST_F(PipeTest, ARunDirectoryThatANodeDoesNotSeeIsSaidToBeTheReason) {
  as_rank([&](TestRank& rank) {
    LaunchRequest request;
    request.command = "cat";
    request.stdin_parts = {{dir_ / "run/input/stdin-0001", 0, 10}};
    const auto task = rank.run(request);
    EXPECT_EQ(task.outcome.cause, Cause::not_started);
    EXPECT_THAT(task.err, testing::HasSubstr("every node must see that file"));
    EXPECT_THAT(task.err, testing::HasSubstr("--run DIR"));
  });
}

}  // namespace
}  // namespace farm
