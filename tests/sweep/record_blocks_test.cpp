#include "sweep/record_blocks.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <random>

#include "support/temp_dir.hpp"

namespace farm {
namespace {

using Blocks = std::vector<std::string>;
using testing::ElementsAre;

Blocks blocks_at(const std::string& text, const std::vector<std::uint64_t>& ends) {
  Blocks blocks;
  std::uint64_t start = 0;
  for (const std::uint64_t end : ends) {
    blocks.push_back(text.substr(start, end - start));
    start = end;
  }
  EXPECT_EQ(start, text.size());
  return blocks;
}

Blocks cut(const std::string& text, const PipeOptions& options, std::size_t step = std::string::npos) {
  RecordBlocks cutter(options);
  std::vector<std::uint64_t> ends;
  for (std::size_t at = 0; at < text.size(); at += std::min(step, text.size() - at)) {
    cutter.take(std::string_view(text).substr(at, step), ends);
  }
  cutter.finish(ends);
  return blocks_at(text, ends);
}

PipeOptions sized(std::int64_t bytes) { return {.block = bytes}; }

PipeOptions marked(std::optional<std::string> start, std::optional<std::string> end, std::uint64_t records = 0) {
  return {.recstart = std::move(start), .recend = std::move(end), .records = records};
}

std::string sequence(int last) {
  std::string text;
  for (int i = 1; i <= last; ++i) text += std::to_string(i) + "\n";
  return text;
}

const std::string fasta = ">a\nAC\n>b\nGT\nTT\n>c\nAA\n";

TEST(RecordBlocks, TakesAsManyLinesAsFit) {
  EXPECT_THAT(cut(sequence(12), sized(10)), ElementsAre("1\n2\n3\n4\n5\n", "6\n7\n8\n9\n", "10\n11\n12\n"));
  EXPECT_THAT(cut(sequence(5), {}), ElementsAre("1\n2\n3\n4\n5\n"));
  EXPECT_THAT(cut("", {}), ElementsAre());
  EXPECT_THAT(cut("no end", sized(3)), ElementsAre("no end"));
  EXPECT_THAT(cut("a\nb\nc", sized(100)), ElementsAre("a\nb\nc"));
  EXPECT_THAT(cut("a\nb\nc", sized(2)), ElementsAre("a\n", "b\n", "c"));
}

TEST(RecordBlocks, GrowWithALongRecordAndStaySo) {
  const std::string text = "short\n" + std::string(50, 'x') + "\ntail\nmore\n";
  EXPECT_THAT(cut(text, sized(10)), ElementsAre("short\n", std::string(50, 'x') + "\ntail\nmore\n"));
  EXPECT_THAT(cut("abc\nabc\nabcd\nab\n", sized(4)), ElementsAre("abc\n", "abc\n", "abcd\n", "ab\n"));
}

TEST(RecordBlocks, HaveSoManyRecords) {
  EXPECT_THAT(cut(sequence(5), {.block = 1, .records = 2}), ElementsAre("1\n2\n", "3\n4\n", "5\n"));
  EXPECT_THAT(cut("a\nb\nc", {.records = 2}), ElementsAre("a\nb\n", "c"));
  EXPECT_THAT(cut("abcde", marked({}, "", 2)), ElementsAre("ab", "cd", "e"));
}

TEST(RecordBlocks, HaveRecordsOfSoManyLines) {
  EXPECT_THAT(cut(sequence(5), {.lines = 2}), ElementsAre("1\n2\n3\n4\n", "5\n"));
  EXPECT_THAT(cut(sequence(7), {.block = 7, .lines = 2}), ElementsAre("1\n2\n", "3\n4\n", "5\n6\n", "7\n"));
  EXPECT_THAT(cut(sequence(9), {.records = 2, .lines = 2}), ElementsAre("1\n2\n3\n4\n", "5\n6\n7\n8\n", "9\n"));
  EXPECT_THAT(cut(fasta, {.recstart = ">", .records = 3, .lines = 2}), ElementsAre(">a\nAC\n>b\nGT\nTT\n>c\n", "AA\n"));
}

TEST(RecordBlocks, BeginWhereARecordStarts) {
  const auto records = ElementsAre(">a\nAC\n", ">b\nGT\nTT\n", ">c\nAA\n");
  EXPECT_THAT(cut(fasta, {.block = 8, .recstart = ">"}), records);
  EXPECT_THAT(cut(fasta, marked(">", {}, 1)), records);
  EXPECT_THAT(cut(fasta, marked(">", "\n", 1)), records);
  EXPECT_THAT(cut("garbage" + fasta, marked(">", {}, 1)),
              ElementsAre("garbage", ">a\nAC\n", ">b\nGT\nTT\n", ">c\nAA\n"));
  EXPECT_THAT(cut(fasta, marked(">", {}, 2)), ElementsAre(">a\nAC\n>b\nGT\nTT\n", ">c\nAA\n"));
}

TEST(RecordBlocks, EndWhereARecordEnds) {
  EXPECT_THAT(cut("aEENDbENDcENDd", {.block = 6, .recend = "END"}), ElementsAre("aEEND", "bEND", "cENDd"));
  EXPECT_THAT(cut("aEENDbENDcENDd", marked({}, "END", 1)), ElementsAre("aEEND", "bEND", "cEND", "d"));
  EXPECT_THAT(cut(sequence(5), {.block = 7, .recend = ""}), ElementsAre("1\n2\n3\n4", "\n5\n"));
}

TEST(RecordBlocks, MarksMayOverlap) {
  EXPECT_THAT(cut("aaaaabaaa", {.block = 4, .recend = "aa"}), ElementsAre("aaaa", "abaa", "a"));
  EXPECT_THAT(cut("xaaaaabaaa", marked("a", "a", 1)), ElementsAre("xa", "aa", "aaba", "aa"));
  EXPECT_THAT(cut("xaaaaabaaa", {.block = 3, .recstart = "a", .recend = "a"}),
              ElementsAre("xa", "aa", "a", "abaa", "a"));
}

TEST(RecordBlocks, MayStartBehindAHeader) {
  RecordBlocks cutter(sized(4), 100);
  std::vector<std::uint64_t> ends;
  cutter.take("1\n2\n3\n", ends);
  cutter.finish(ends);
  EXPECT_THAT(ends, ElementsAre(104u, 106u));
}

struct Random {
  std::mt19937 generator;
  std::size_t below(std::size_t limit) { return generator() % limit; }
  std::string text(std::string_view alphabet, std::size_t bytes) {
    std::string made(bytes, '\0');
    for (char& each : made) each = alphabet[below(alphabet.size())];
    return made;
  }
  // Marks that occur, overlap themselves or each other, or are nothing.
  PipeOptions options() {
    static const std::vector<std::optional<std::string>> marks = {std::nullopt, "",   "\n",  ">",
                                                                  "ab",         "aa", "\n>", "aba"};
    PipeOptions options{.block = static_cast<std::int64_t>(1 + below(40)),
                        .recstart = marks[below(marks.size())],
                        .recend = marks[below(marks.size())]};
    if (below(3) == 0) options.records = 1 + below(4);
    if (below(4) == 0) options.lines = 1 + below(3);
    return options;
  }
};

std::string show(const PipeOptions& options) {
  return "block " + std::to_string(*options.block) + ", recstart '" + options.recstart.value_or("-") + "', recend '" +
         options.recend.value_or("-") + "', -N " + std::to_string(options.records) + ", -L " +
         std::to_string(options.lines);
}

// What the cutter does, without a stream: everything is at hand.
Blocks reference(const std::string& text, const PipeOptions& options) {
  const RecordBorder border(options);
  const std::size_t group = std::max<std::size_t>(1, options.records) * std::max<std::size_t>(1, options.lines);
  std::vector<std::uint64_t> borders;  // every group-th
  std::size_t count = 0;
  for (std::size_t at = 0; !border.mark().empty() && (at = text.find(border.mark(), at)) != std::string::npos;
       at += border.mark().size()) {
    if (at + border.before() > 0 && ++count % group == 0) borders.push_back(at + border.before());
  }
  if (border.mark().empty()) {
    for (std::size_t at = group; at <= text.size(); at += group) borders.push_back(at);
  }
  std::vector<std::uint64_t> ends;
  double size = static_cast<double>(*options.block);
  std::size_t start = 0;
  while (start < text.size()) {
    std::size_t end = text.size();
    const bool is_sized = options.records == 0;
    const auto next = std::upper_bound(borders.begin(), borders.end(), start);
    if (!is_sized) {
      if (next != borders.end()) end = *next;
    } else if (options.lines > 0 || border.mark().empty()) {
      while (next != borders.end() && static_cast<double>(start) + size < static_cast<double>(*next) &&
             start + static_cast<std::size_t>(size) <= text.size()) {
        size = std::ceil(size * 1.3 + 1);
      }
      const auto fits = std::upper_bound(borders.begin(), borders.end(), start + static_cast<std::size_t>(size));
      const bool is_rest = start + static_cast<std::size_t>(size) > text.size() && options.lines == 0;
      if (!is_rest && fits != borders.begin() && *std::prev(fits) > start) end = *std::prev(fits);
    } else {
      for (;; size = std::ceil(size * 1.3 + 1)) {
        if (start + static_cast<std::size_t>(size) > text.size()) break;
        const std::string window = text.substr(start, static_cast<std::size_t>(size));
        const std::size_t at = window.rfind(border.mark());
        if (at == std::string::npos || at + border.before() == 0) continue;
        end = start + at + border.before();
        break;
      }
    }
    ends.push_back(end);
    start = end;
  }
  return blocks_at(text, ends);
}

TEST(RecordBlocks, AreTheSameHoweverTheStreamComes) {
  Random random{std::mt19937(7)};
  for (int round = 0; round < 4000; ++round) {
    const PipeOptions options = random.options();
    const std::string text = random.text("aab>\n\nx", random.below(300));
    SCOPED_TRACE(show(options) + " on '" + text + "'");
    const Blocks expected = reference(text, options);
    ASSERT_EQ(cut(text, options), expected);
    ASSERT_EQ(cut(text, options, 1 + random.below(50)), expected);
    ASSERT_EQ(cut(text, options, 1), expected);
  }
}

TEST(RecordBlocks, BordersAreLegal) {
  Random random{std::mt19937(8)};
  for (int round = 0; round < 2000; ++round) {
    const PipeOptions options = random.options();
    if (options.lines > 0 || options.records > 0) continue;
    const std::string text = random.text("aab>\n\nx", random.below(300));
    SCOPED_TRACE(show(options) + " on '" + text + "'");
    const RecordBorder border(options);
    std::size_t at = 0;
    for (const std::string& block : cut(text, options, 17)) {
      ASSERT_FALSE(block.empty());
      at += block.size();
      if (at == text.size()) break;
      EXPECT_EQ(text.compare(at - border.before(), border.mark().size(), border.mark()), 0) << at;
    }
  }
}

std::uint64_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::uint64_t size = 0;
  std::uint64_t resident = 0;
  file >> size >> resident;
  return resident * 4096;
}

TEST(RecordBlocks, KeepNothingOfALongRecord) {
  RecordBlocks cutter({.recend = "END"});
  std::vector<std::uint64_t> ends;
  const std::string chunk(1 << 16, 'E');
  const std::uint64_t before = resident_bytes();
  for (int i = 0; i < 1024; ++i) cutter.take(chunk, ends);
  EXPECT_LT(resident_bytes(), before + (4 << 20));
  cutter.take("ND", ends);
  cutter.finish(ends);
  EXPECT_THAT(ends, ElementsAre((64u << 20) + 2));
}

// --- the installed program ----------------------------------------------------------------------------------------

class ParallelPipe : public testing::Test {
 protected:
  ParallelPipe() { ::setenv("PARALLEL_HOME", dir_.path().c_str(), 1); }

  static std::string argument(std::string_view name, const std::string& value) {
    return " " + std::string(name) + " '" + value + "'";
  }

  Blocks blocks(const std::string& text, const PipeOptions& options) const {
    const std::string input = dir_.write("input", text);
    std::string command = "parallel --will-cite --pipe -k -j4" + argument("--block", std::to_string(*options.block));
    if (options.recstart) command += argument("--recstart", *options.recstart);
    if (options.recend) command += argument("--recend", *options.recend);
    if (options.records > 0) command += argument("-N", std::to_string(options.records));
    if (options.lines > 0) command += argument("-L", std::to_string(options.lines));
    command += R"( 'cat; printf "\0"' < )" + input + " > " + input + ".out 2>/dev/null";
    EXPECT_EQ(std::system(command.c_str()), 0) << command;
    std::ifstream file(input + ".out", std::ios::binary);
    Blocks found;
    for (std::string block; std::getline(file, block, '\0');) found.push_back(block);
    return found;
  }

  TempDir dir_;
};

TEST_F(ParallelPipe, CutsTheSameBlocks) {
  if (std::system("parallel --version >/dev/null 2>&1") != 0) GTEST_SKIP() << "GNU parallel is not installed";
  std::string lines;
  for (std::size_t i = 0; i < 60; ++i) lines += std::string(i * 7 % 23, 'x') + std::to_string(i) + "\n";
  std::string genes;
  for (std::size_t i = 0; i < 30; ++i)
    genes += ">g" + std::to_string(i) + "\n" + std::string(i * 13 % 37, 'A') + "\nGT\n";
  const std::vector<std::pair<std::string, PipeOptions>> cases = {
      {lines, sized(100)},
      {lines, sized(20)},
      {lines, sized(1 << 20)},
      {lines.substr(0, lines.size() - 1), sized(64)},
      {lines, {.block = 50, .records = 7}},
      {lines, {.block = 100, .lines = 4}},
      {lines, {.block = 1000, .records = 3, .lines = 2}},
      {lines, {.block = 70, .recend = ""}},
      {lines, {.block = 90, .recend = "xx"}},
      {lines, {.block = 90, .recend = "x1", .records = 2}},
      {lines, {.block = 90, .recstart = "x", .recend = "x"}},
      {genes, {.block = 100, .recstart = ">"}},
      {genes, {.block = 100, .recstart = ">", .recend = "\n"}},
      {genes, {.block = 100, .recstart = ">g", .recend = "GT\n"}},
      {genes, {.block = 1 << 20, .recstart = ">", .records = 4}},
      {genes, {.block = 30, .recstart = ">", .recend = "\n", .records = 1}},
      {"x" + genes, {.block = 1 << 20, .recstart = ">", .records = 3}},
      {"one line only", sized(5)},
      {"abc\nabc", sized(7)},
  };
  for (const auto& [text, options] : cases) EXPECT_EQ(cut(text, options, 33), blocks(text, options)) << show(options);
}

}  // namespace
}  // namespace farm
