#include "manifest/value_table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/temp_dir.hpp"

namespace farm {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string trouble(std::string_view text) {
  try {
    parse_value_table(std::string(text), ',');
  } catch (const TableError& error) {
    return error.what();
  }
  return "";
}

TEST(ValueTable, HasAHeadingAndColumns) {
  const ValueTable table = parse_value_table("a,b\n1,2\n3,4\n", ',');
  EXPECT_THAT(table.heading, ElementsAre("a", "b"));
  EXPECT_THAT(table.columns, ElementsAre(ElementsAre("1", "3"), ElementsAre("2", "4")));
  EXPECT_EQ(table.bytes, "a,b\n1,2\n3,4\n");
}

TEST(ValueTable, QuotedFieldsHoldAnything) {
  const ValueTable table = parse_value_table("a,b\n\"x,\"\"y\"\"\nz\",\"\"\n1\"2, 3 \n", ',');
  EXPECT_THAT(table.columns, ElementsAre(ElementsAre("x,\"y\"\nz", "1\"2"), ElementsAre("", " 3 ")));
}

TEST(ValueTable, LinesEndAsOnAnySystem) {
  const ValueTable table = parse_value_table(
      "\xEF\xBB\xBF"
      "a\tb\r\n1\t2\r\n\r\n\n3\t4",
      '\t');
  EXPECT_THAT(table.heading, ElementsAre("a", "b"));
  EXPECT_THAT(table.columns, ElementsAre(ElementsAre("1", "3"), ElementsAre("2", "4")));
}

TEST(ValueTable, SaysWhatIsWrong) {
  EXPECT_EQ(trouble(""), "there is no heading");
  EXPECT_EQ(trouble("\n\n"), "there is no heading");
  EXPECT_EQ(trouble("a,b\n"), "there are no rows below the heading");
  EXPECT_EQ(trouble("a,,b\n1,2,3\n"), "column 2 has no name");
  EXPECT_EQ(trouble("a,a\n1,2\n"), "two columns are called 'a'");
  EXPECT_EQ(trouble("a,b\n\n\"1\n\",2\n1\n"), "line 5 has 1 fields, the heading has 2");
  EXPECT_EQ(trouble("a,b\n1,2,3\n"), "line 2 has 3 fields, the heading has 2");
  EXPECT_EQ(trouble("a\n1\n\"2\n"), "a quote of line 3 is never closed");
  EXPECT_THAT(trouble(std::string_view("a\n1\0\n", 5)), HasSubstr("a NUL byte"));
}

TEST(ValueTable, AFileIsReadByItsEnding) {
  const TempDir dir;
  EXPECT_THAT(read_value_table(dir.write("t.tsv", "a,b\tc\n1\t2\n")).heading, ElementsAre("a,b", "c"));
  EXPECT_THAT(read_value_table(dir.write("t.csv", "a,b\tc\n1,2\n")).heading, ElementsAre("a", "b\tc"));
  EXPECT_THROW(read_value_table(dir / "none.csv"), TableError);
}

}  // namespace
}  // namespace farm
