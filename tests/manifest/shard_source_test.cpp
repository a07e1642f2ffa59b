#include "manifest/shard_source.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "manifest/lines_file.hpp"
#include "manifest/open_source.hpp"
#include "source_reading.hpp"
#include "support/temp_dir.hpp"

namespace farm {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> taken(TaskSource& source) {
  std::vector<std::string> commands;
  for (const TaskSpec& task : read_all(source)) commands.push_back(task.skip ? "-" : task.command);
  return commands;
}

TEST(ShardSource, TakesEveryNthTaskAndKeepsTheNumbersOfAll) {
  const TempDir dir;
  const std::string path = dir.write("jobs.txt", "a\nb\n# no task\nc\nd\ne\n");
  const auto shard = [&](std::uint32_t number) {
    ShardSource source(std::make_unique<LinesFile>(path, "/"), {number, 3});
    return taken(source);
  };
  EXPECT_THAT(shard(1), ElementsAre("a", "-", "-", "d", "-"));
  EXPECT_THAT(shard(2), ElementsAre("-", "b", "-", "-", "e"));
  EXPECT_THAT(shard(3), ElementsAre("-", "-", "c", "-", "-"));
}

TEST(ShardSource, TakesTheSameAfterARewind) {
  const TempDir dir;
  ShardSource source(std::make_unique<LinesFile>(dir.write("jobs.txt", "a\nb\nc\n"), "/"), {2, 2});
  TaskSpec task;
  source.next(task);
  source.rewind();
  EXPECT_THAT(taken(source), ElementsAre("-", "b", "-"));
  EXPECT_EQ(source.total(), 3U);
}

TEST(ShardSource, IsKnownByTheWholeList) {
  const TempDir dir;
  const std::string path = dir.write("jobs.txt", "a\nb\n");
  EXPECT_EQ(ShardSource(std::make_unique<LinesFile>(path, "/"), {1, 2}).digest(), LinesFile(path, "/").digest());
}

TEST(ShardSource, RefusesABarrierByItsPlace) {
  const TempDir dir;
  const std::string path = dir.write("jobs.txt", "a\n#FARM barrier\nb\n");
  const std::string error = error_of(
      [&] {
        ShardSource(std::make_unique<LinesFile>(path, "/"), {1, 2});
      },
      Error::Kind::usage);
  EXPECT_THAT(without(dir / "", error), HasSubstr("jobs.txt:3: this task waits behind a barrier"));
}

TEST(ShardSource, RefusesAStream) {
  EXPECT_THAT(error_of(
                  [] {
                    ShardSource(open_source("-", "/"), {1, 2});
                  },
                  Error::Kind::usage),
              HasSubstr("write it to a file first"));
}

}  // namespace
}  // namespace farm
