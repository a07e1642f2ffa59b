#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>

#include "manifest/round_robin_source.hpp"
#include "manifest/tee_source.hpp"

namespace farm {
namespace {

using testing::ElementsAre;
using Next = TaskSource::Next;

TaskSpec reader(std::vector<FileRange> parts) {
  TaskSpec task;
  task.stdin_parts = std::move(parts);
  return task;
}

TaskSpec command(std::string line) {
  TaskSpec task;
  task.command = std::move(line);
  return task;
}

// Gives what it was given; nullopt is a pause.
class ListSource final : public TaskSource {
 public:
  explicit ListSource(std::deque<std::optional<TaskSpec>> tasks) : tasks_(std::move(tasks)) {}
  Next next(TaskSpec& task) override {
    if (tasks_.empty()) return Next::end;
    const std::optional<TaskSpec> first = tasks_.front();
    tasks_.pop_front();
    if (first) task = *first;
    return first ? Next::task : Next::later;
  }
  int fd() const override { return 9; }
  std::optional<std::uint64_t> total() const override { return std::nullopt; }
  std::optional<Fingerprint> digest() const override { return std::nullopt; }
  void rewind() override {}

 private:
  std::deque<std::optional<TaskSpec>> tasks_;
};

std::unique_ptr<TaskSource> list(std::deque<std::optional<TaskSpec>> tasks) {
  return std::make_unique<ListSource>(std::move(tasks));
}

const FileRange first{"f", 0, 5};
const FileRange second{"f", 5, 5};
const FileRange third{"f", 10, 5};

TEST(TeeSource, EveryTaskReadsEverythingAndNoneStartsBefore) {
  TeeSource tee(list({reader({first}), std::nullopt, reader({second})}), list({command("a"), command("b")}));
  TaskSpec task;
  EXPECT_EQ(tee.next(task), Next::later);
  for (const char* line : {"a", "b"}) {
    ASSERT_EQ(tee.next(task), Next::task);
    EXPECT_EQ(task.command, line);
    EXPECT_THAT(task.stdin_parts, ElementsAre(first, second));
  }
  EXPECT_EQ(tee.next(task), Next::end);
}

MakePipeTask numbered() {
  return [](std::uint64_t sequence) { return command(std::to_string(sequence)); };
}

TEST(RoundRobinSource, DealsBlocksInTurn) {
  RoundRobinSource dealt(list({reader({first}), std::nullopt, reader({second}), reader({third})}), 2, numbered());
  TaskSpec task;
  EXPECT_EQ(dealt.next(task), Next::later);
  ASSERT_EQ(dealt.next(task), Next::task);
  EXPECT_EQ(task.command, "1");
  EXPECT_THAT(task.stdin_parts, ElementsAre(first, third));
  ASSERT_EQ(dealt.next(task), Next::task);
  EXPECT_THAT(task.stdin_parts, ElementsAre(second));
  EXPECT_EQ(dealt.next(task), Next::end);
}

TEST(RoundRobinSource, NobodyGetsNothing) {
  RoundRobinSource dealt(list({reader({first})}), 5, numbered());
  TaskSpec task;
  EXPECT_EQ(dealt.next(task), Next::task);
  EXPECT_EQ(dealt.next(task), Next::end);
  RoundRobinSource nothing(list({}), 5, numbered());
  EXPECT_EQ(nothing.next(task), Next::end);
}

TEST(RoundRobinSource, AHeaderComesOnceForEachTask) {
  const FileRange header{"f", 0, 2};
  const FileRange with_header{"f", 0, 7};
  RoundRobinSource dealt(list({reader({with_header}), reader({header, second}), reader({header, third})}), 1,
                         numbered());
  TaskSpec task;
  dealt.next(task);
  EXPECT_THAT(task.stdin_parts, ElementsAre(with_header, second, third));
}

}  // namespace
}  // namespace farm
