#include "manifest/pipe_part_source.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <random>

#include "pipe_reading.hpp"
#include "support/temp_dir.hpp"

namespace farm {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Next = TaskSource::Next;

std::string sequence(int first, int last) {
  std::string text;
  for (int i = first; i <= last; ++i) text += std::to_string(i) + "\n";
  return text;
}

const std::string fasta = ">a\nAC\n>b\nGT\nTT\n>c\nAA\n";

class PipePartSourceTest : public testing::Test {
 protected:
  PipePartSource open(const std::vector<std::string>& files, const PipeOptions& options,
                      std::uint64_t slots = 1) const {
    return PipePartSource(
        {.files = files, .options = options, .slots = slots, .launch_dir = dir_.path(), .make = numbered_task});
  }

  std::vector<std::string> blocks(const std::string& text, const PipeOptions& options, std::uint64_t slots = 1) const {
    dir_.write("data", text);
    PipePartSource source = open({"data"}, options, slots);
    std::vector<std::string> found = inputs(source);
    EXPECT_EQ(source.total(), found.size());
    source.rewind();
    EXPECT_EQ(inputs(source), found);
    return found;
  }

  TempDir dir_;
};

// Each as the installed GNU parallel has it.
TEST_F(PipePartSourceTest, EndsBlocksAtTheFirstRecordEndBehindTheirSize) {
  EXPECT_THAT(blocks(sequence(1, 20), {.block = 10}),
              ElementsAre(sequence(1, 6), sequence(7, 11), sequence(12, 15), sequence(16, 19), "20\n"));
  EXPECT_THAT(blocks(sequence(1, 3), {.block = 1}), ElementsAre("1\n", "2\n", "3\n"));
  EXPECT_THAT(blocks("a\nb\nc", {.block = 2}), ElementsAre("a\nb\n", "c"));
  EXPECT_THAT(blocks(fasta, {.block = 8, .recstart = ">"}), ElementsAre(">a\nAC\n>b\nGT\nTT\n", ">c\nAA\n"));
  EXPECT_THAT(blocks(fasta, {.block = 1, .recstart = ">", .recend = "\n"}),
              ElementsAre(">a\nAC\n", ">b\nGT\nTT\n", ">c\nAA\n"));
  EXPECT_THAT(blocks(sequence(1, 9), {.block = 7, .recend = ""}), ElementsAre("1\n2\n3\n4", "\n5\n6\n7\n", "8\n9\n"));
  const std::string lengthy = std::string(50, 'x') + "\n";
  EXPECT_THAT(blocks("short\n" + lengthy + "tail\n", {.block = 10}), ElementsAre("short\n" + lengthy, "tail\n"));
}

TEST_F(PipePartSourceTest, SizesMayBeGivenInBlocksPerSlot) {
  EXPECT_THAT(blocks(sequence(1, 20), {.block = -1}, 2), ElementsAre(sequence(1, 12), sequence(13, 20)));
  EXPECT_THAT(blocks(sequence(1, 20), {.block = -2}, 2),
              ElementsAre(sequence(1, 7), sequence(8, 13), sequence(14, 18), sequence(19, 20)));
  EXPECT_THAT(blocks(sequence(1, 20), {.block = -3}, 2),
              ElementsAre(sequence(1, 5), sequence(6, 10), sequence(11, 14), sequence(15, 18), sequence(19, 20)));
  EXPECT_EQ(blocks(sequence(1, 20), {}, 2).size(), 10u);
  EXPECT_EQ(blocks(sequence(1, 20), {.block = 0}, 2).size(), 10u);
  EXPECT_EQ(blocks("x", {.block = INT64_MIN}, 2), std::vector<std::string>{"x"});
}

TEST_F(PipePartSourceTest, RepeatsTheHeader) {
  EXPECT_THAT(blocks(sequence(1, 20), {.block = 10, .header_lines = 1}),
              ElementsAre(sequence(1, 7), "1\n" + sequence(8, 12), "1\n" + sequence(13, 16), "1\n" + sequence(17, 20)));
  EXPECT_THAT(blocks("h1\nh2\n", {.block = 100, .header_lines = 3}), ElementsAre("h1\nh2\n"));
  EXPECT_THAT(blocks("h1\nh2\n", {.header_lines = 2}), ElementsAre());
}

TEST_F(PipePartSourceTest, AHeaderMayBeMatched) {
  const std::string header = "#a\n##" + std::string(100'000, 'b') + "\n";
  dir_.write("a", header + "1\n2\n3\n");
  dir_.write("b", "4\n5\n");
  dir_.write("c", "#only");
  PipePartSource source({.files = {"a", "b", "c"},
                         .options = {.block = 3, .header_pattern = "(#.*\n)*"},
                         .find_header = comments,
                         .launch_dir = dir_.path(),
                         .make = numbered_task});
  EXPECT_THAT(inputs(source), ElementsAre(header + "1\n2\n", header + "3\n", "4\n5\n", "#only"));
}

TEST_F(PipePartSourceTest, DividesEachFileOfSeveral) {
  dir_.write("a", sequence(1, 20));
  dir_.write("empty", "");
  dir_.write("b", fasta);
  PipePartSource source = open({"a", "empty", dir_ / "b", "empty"}, {.block = 20});
  EXPECT_EQ(source.total(), 4u);
  EXPECT_THAT(inputs(source), ElementsAre(sequence(1, 10), sequence(11, 17), sequence(18, 20), fasta));
  PipePartSource headed = open({"a", "empty", "b"}, {.block = 30, .header_lines = 1});
  EXPECT_THAT(inputs(headed), ElementsAre(sequence(1, 14), "1\n" + sequence(15, 20), fasta));
  PipePartSource nothing = open({"empty", "empty"}, {});
  TaskSpec task;
  EXPECT_EQ(nothing.next(task), Next::end);
  EXPECT_EQ(nothing.next(task), Next::end);
  EXPECT_EQ(nothing.total(), 0u);
}

TEST_F(PipePartSourceTest, NamesFilesAbsolutely) {
  dir_.write("a", "x\n");
  PipePartSource source = open({"a"}, {});
  TaskSpec task;
  ASSERT_EQ(source.next(task), Next::task);
  EXPECT_THAT(task.stdin_parts, ElementsAre(FileRange{dir_ / "a", 0, 2}));
  EXPECT_FALSE(task.stdin_version.empty());
}

// The marks cross the borders of what is read at one go.
TEST_F(PipePartSourceTest, FindsMarksWhereverTheyAre) {
  std::mt19937 random(3);
  for (int round = 0; round < 40; ++round) {
    std::string text;
    while (text.size() < 100'000) text += std::string(8190 + random() % 6, 'E') + "END";
    const PipeOptions options{.block = static_cast<std::int64_t>(1 + random() % 20'000), .recend = "END"};
    std::string all;
    for (const std::string& block : blocks(text, options)) {
      all += block;
      EXPECT_TRUE(block.ends_with("END"));
      const std::size_t size = static_cast<std::size_t>(*options.block);
      if (all.size() == text.size() || block.size() < size) continue;
      EXPECT_GE(block.find("END", size) + 3, block.size()) << "a border was missed";
    }
    ASSERT_EQ(all, text);
  }
}

TEST_F(PipePartSourceTest, ReadsLittleOfALargeFile) {
  const std::string path = dir_.write("large", sequence(1, 1000));
  std::filesystem::resize_file(path, 1ULL << 40);  // a hole of a terabyte
  PipePartSource source = open({"large"}, {.block = 1LL << 32, .recend = std::string(1, '\0')});
  EXPECT_EQ(source.total(), 256u);
  PipePartSource small = open({"large"}, {.block = 1 << 20, .recend = std::string(1, '\0')});
  EXPECT_EQ(small.total(), std::nullopt);
  TaskSpec task;
  ASSERT_EQ(small.next(task), Next::task);
  EXPECT_THAT(task.stdin_parts, ElementsAre(FileRange{path, 0, (1 << 20) + 1}));
}

TEST_F(PipePartSourceTest, DigestIsOfFilesOptionsAndCommand) {
  dir_.write("a", "x\ny\n");
  const auto digest = [&](const PipeOptions& options, std::uint64_t slots = 1) {
    return open({"a"}, options, slots).digest();
  };
  const auto first = digest({.block = 2});
  ASSERT_TRUE(first);
  EXPECT_EQ(digest({.block = 2}), first);
  EXPECT_EQ(digest({.block = 2}, 7), first);
  EXPECT_NE(digest({.block = 3}), first);
  EXPECT_NE(digest({.block = -1}, 1), digest({.block = -1}, 2));
  EXPECT_NE(digest({.block = 2, .recend = "y"}), first);
  EXPECT_NE(digest({.block = 2, .recstart = "\n"}), first);
  EXPECT_NE(digest({.block = 2, .header_lines = 1}), first);
  EXPECT_NE(digest({.block = 2, .header_pattern = "x"}), first);
  PipePartSource::Setup other{.files = {"a"}, .options = {.block = 2}, .launch_dir = dir_.path(), .make = {}};
  other.make = [](std::uint64_t) { return TaskSpec{.command = "other"}; };
  EXPECT_NE(PipePartSource(other).digest(), first);
  dir_.write("a", "x\nz\n");
  const timespec times[2] = {{.tv_sec = 0, .tv_nsec = UTIME_OMIT}, {.tv_sec = 1, .tv_nsec = 2}};
  ASSERT_EQ(::utimensat(AT_FDCWD, (dir_ / "a").c_str(), times, 0), 0);
  EXPECT_NE(digest({.block = 2}), first);
}

TEST_F(PipePartSourceTest, RefusesWhatCannotBeDivided) {
  const auto refusal = [&](const std::string& file, const PipeOptions& options = {}) {
    return error_of([&] { open({file}, options); }, Error::Kind::usage);
  };
  EXPECT_THAT(refusal("missing"), HasSubstr("cannot read " + (dir_ / "missing") + ": No such file"));
  EXPECT_THAT(refusal("."), HasSubstr("is not a regular file"));
  ASSERT_EQ(::mkfifo((dir_ / "fifo").c_str(), 0600), 0);
  EXPECT_THAT(refusal("fifo"), HasSubstr("with --pipe"));
  dir_.write("a", "x");
  EXPECT_THAT(refusal("a", {.records = 2}), HasSubstr("use --pipe"));
  EXPECT_THAT(refusal("a", {.lines = 2}), HasSubstr("-L"));
}

TEST_F(PipePartSourceTest, NoticesThatAFileChanged) {
  dir_.write("a", sequence(1, 100'000));
  PipePartSource source = open({"a"}, {.block = 100});
  TaskSpec task;
  ASSERT_EQ(source.next(task), Next::task);
  dir_.write("a", sequence(2, 100'000));
  EXPECT_THAT(error_of([&] { source.next(task); }, Error::Kind::fatal),
              HasSubstr("changed while it was being divided"));
}

TEST_F(PipePartSourceTest, ExpressionsSayWhereRecordsEnd) {
  PipeOptions options{.block = 9, .recstart = ">[a-z]", .regexp = true};
  const std::string text = ">a1\nAAA\n>b2\nBB\n>c3\nC\n";
  EXPECT_THAT(blocks(text, options), ElementsAre(">a1\nAAA\n>b2\nBB\n", ">c3\nC\n"));
  options.recstart = ">[x-z]";
  EXPECT_THAT(blocks(text, options), ElementsAre(text));
  const std::string longer = std::string(30'000, 'x') + ";;" + std::string(10, 'y');
  EXPECT_THAT(blocks(longer, {.block = 9'000, .recend = ";+", .regexp = true}),
              ElementsAre(std::string(30'000, 'x') + ";;", std::string(10, 'y')));
}

TEST_F(PipePartSourceTest, SeparatorsCannotBeTakenOutOfAFile) {
  dir_.write("data", "a\n");
  EXPECT_THROW(open({"data"}, {.removes_separators = true}), Error);
}

}  // namespace
}  // namespace farm
