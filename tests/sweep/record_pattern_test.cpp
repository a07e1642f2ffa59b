#include "sweep/record_pattern.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "farm/error.hpp"
#include "sweep/pattern_blocks.hpp"

namespace farm {
namespace {

using testing::ElementsAre;
using Blocks = std::vector<std::string>;

const std::string fasta = ">a1\nAAA\n>b2\nBB\n>c3\nC\n";

PipeOptions pattern(std::optional<std::string> start, std::optional<std::string> end, std::uint64_t records = 0) {
  return {.recstart = std::move(start), .recend = std::move(end), .regexp = true, .records = records};
}

PipeOptions sized(PipeOptions options, std::int64_t bytes) {
  options.block = bytes;
  return options;
}

Blocks cut(const std::string& text, const PipeOptions& options, std::size_t step) {
  PatternBlocks cutter(options);
  std::vector<std::uint64_t> ends;
  for (std::size_t at = 0; at < text.size(); at += step) cutter.take(std::string_view(text).substr(at, step), ends);
  cutter.finish(ends);
  Blocks blocks;
  std::uint64_t start = 0;
  for (const std::uint64_t end : ends) blocks.push_back(text.substr(start, end - start)), start = end;
  EXPECT_EQ(start, text.size());
  return blocks;
}

// Whatever pieces the stream comes in.
Blocks cut(const std::string& text, const PipeOptions& options) {
  Blocks blocks = cut(text, options, text.size());
  for (const std::size_t step : {1U, 2U, 3U, 7U, 300U}) EXPECT_EQ(cut(text, options, step), blocks) << step;
  return blocks;
}

// What GNU parallel makes of the same.
TEST(PatternBlocks, AsManyRecordsAsFit) {
  EXPECT_THAT(cut(fasta, sized(pattern(">[a-z]", {}), 9)), ElementsAre(">a1\nAAA\n", ">b2\nBB\n", ">c3\nC\n"));
  EXPECT_THAT(cut("a11b22c33d44", sized(pattern({}, "[0-9]+"), 5)), ElementsAre("a11b2", "2c33", "d44"));
}

TEST(PatternBlocks, SoManyRecords) {
  EXPECT_THAT(cut(fasta, pattern({}, "\\n(?=>)", 1)), ElementsAre(">a1\nAAA\n", ">b2\nBB\n", ">c3\nC\n"));
  EXPECT_THAT(cut(fasta, pattern("[A-Z]", "[0-9]\\n", 1)), ElementsAre(">a1\n", "AAA\n>b2\n", "BB\n>c3\n", "C\n"));
  EXPECT_THAT(cut("a11b22c33d44", pattern({}, "[0-9]+", 1)), ElementsAre("a11", "b22", "c33", "d44"));
  EXPECT_THAT(cut("a\nxb\nxc\n", pattern("^x", {}, 1)), ElementsAre("a\n", "xb\n", "xc\n"));
  EXPECT_THAT(cut("a\nb\nc\n", pattern({}, "\\n", 2)), ElementsAre("a\nb\n", "c\n"));
  EXPECT_THAT(cut("abc", pattern({}, "", 2)), ElementsAre("ab", "c"));
  EXPECT_THAT(cut("a\nb\nc\n", pattern({}, {}, 2)), ElementsAre("a\nb\n", "c\n"));
  EXPECT_THAT(cut("", pattern({}, {}, 2)), ElementsAre());
}

TEST(PatternBlocks, LongRecordsInALongStream) {
  std::string text;
  Blocks records;
  for (std::size_t i = 0; i < 40; ++i) records.push_back(std::string(100 * (i % 7), 'x') + std::to_string(i) + ";;\n");
  for (const std::string& record : records) text += record;
  EXPECT_EQ(cut(text, pattern({}, ";+\\n", 1)), records);
}

TEST(RecordPattern, SeparatorsAreTakenAway) {
  const auto without = [](const PipeOptions& options, std::string_view block) {
    return RecordPattern(options).without_separators(block);
  };
  const PipeOptions both{.recstart = ">", .recend = ";"};
  EXPECT_EQ(without(both, "x>y;z;>w;"), "x>y;zw") << "only where one follows the other, and at both ends";
  EXPECT_EQ(without(both, ">y;z;>w;>q>r;>"), "y;zwq>r");
  EXPECT_EQ(without({.recstart = "\n>"}, ">a\n>b\nx>y"), ">ab\nx>y");
  EXPECT_EQ(without({}, "a\nb\n"), "ab");
  EXPECT_EQ(without({.lines = 2}, "a\nb\n"), "ab");
  EXPECT_EQ(without(pattern(">", ";+"), ">a;>b;;;>c;x>y;>d;"), "abc;x>yd");
  EXPECT_EQ(without({.recend = "."}, "axb.c."), "axbc") << "a text is no pattern";
}

TEST(RecordPattern, WhatIsNoPatternIsRefused) {
  EXPECT_THROW(RecordPattern(pattern("(", {})), Error);
  EXPECT_THROW(RecordPattern(pattern({}, "[")), Error);
  EXPECT_NO_THROW(RecordPattern({.recstart = "(", .recend = "["}));
}

}  // namespace
}  // namespace farm
