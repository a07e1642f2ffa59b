#include "sweep/record_splitter.hpp"

#include <gtest/gtest.h>

namespace farm {
namespace {

using Records = std::vector<std::string>;

Sweep rules(const std::string& separator = "\n") {
  Sweep sweep;
  sweep.separator = separator;
  return sweep;
}

// The records must not depend on how the bytes are cut into pieces.
Records split(const Sweep& rules, std::string_view text) {
  Records expected;
  for (std::size_t piece = 1; piece <= text.size() + 1; ++piece) {
    RecordSplitter splitter(rules);
    Records records;
    const auto take = [&] {
      while (const auto record = splitter.next()) records.emplace_back(*record);
    };
    for (std::string_view rest = text; !rest.empty(); rest.remove_prefix(std::min(piece, rest.size()))) {
      splitter.feed(rest.substr(0, piece));
      take();
    }
    splitter.finish();
    take();
    EXPECT_TRUE(splitter.has_ended());
    if (piece == 1) expected = records;
    EXPECT_EQ(records, expected) << "in pieces of " << piece;
  }
  return expected;
}

TEST(RecordSplitter, CutsAtTheSeparator) {
  EXPECT_EQ(split(rules(), "a\n\nb c\r\nd"), (Records{"a", "", "b c\r", "d"}));
  EXPECT_EQ(split(rules(), "a\n"), Records{"a"});
  EXPECT_EQ(split(rules(), ""), Records{});
  EXPECT_EQ(split(rules("ab"), "xabyabaz"), (Records{"x", "y", "az"}));
  EXPECT_EQ(split(rules(std::string(1, '\0')), std::string("a\nb\0c", 5)), (Records{"a\nb", "c"}));
}

TEST(RecordSplitter, LeavesOutBlankRecordsWhenAsked) {
  Sweep sweep = rules();
  sweep.skip_blank = true;
  EXPECT_EQ(split(sweep, "1\n   \n\t\n\n2"), (Records{"1", "2"}));
}

TEST(RecordSplitter, StopsAtTheEndMarker) {
  Sweep sweep = rules();
  sweep.end_marker = "stop";
  EXPECT_EQ(split(sweep, "a\nb\nstop\nc\n"), (Records{"a", "b"}));
}

TEST(RecordSplitter, ATrailingBlankContinuesALine) {
  Sweep sweep = rules();
  sweep.grouping.lines = true;
  EXPECT_EQ(split(sweep, "a \nb\n\nc d \n e\nlast "), (Records{"a b", "", "c d  e", "last "}));
}

TEST(RecordSplitter, ASeparatorBetweenQuotesIsNone) {
  Sweep sweep = rules();
  sweep.csv = true;
  EXPECT_EQ(split(sweep, "a,\"b\nc\"\"\n\"\nd\n"), (Records{"a,\"b\nc\"\"\n\"", "d"}));
}

TEST(RecordSplitter, KnowsTheLineOfARecord) {
  RecordSplitter splitter(rules(";"));
  splitter.feed("a\nb;c\n;d;");
  splitter.next();
  EXPECT_EQ(splitter.lines_before(), 0U);
  splitter.next();
  EXPECT_EQ(splitter.lines_before(), 1U);
  splitter.next();
  EXPECT_EQ(splitter.lines_before(), 2U);
}

}  // namespace
}  // namespace farm
