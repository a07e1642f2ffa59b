#include "sweep/columns.hpp"

#include <gtest/gtest.h>

#include "farm/error.hpp"

namespace farm {
namespace {

Row split(const Sweep& rules, std::string_view record) {
  Row row;
  ColumnSplitter(rules).split(record, row);
  return row;
}

Sweep at(const std::string& separator, Trim trim = Trim::none) {
  Sweep sweep;
  sweep.column_separator = separator;
  sweep.trim = trim;
  return sweep;
}

Sweep csv(std::optional<std::string> separator = std::nullopt) {
  Sweep sweep;
  sweep.csv = true;
  sweep.column_separator = std::move(separator);
  return sweep;
}

TEST(Columns, ARecordIsOneColumn) {
  EXPECT_EQ(split({}, "a b,c"), Row{"a b,c"});
  EXPECT_EQ(split({}, ""), Row{""});
}

TEST(Columns, ByARegularExpression) {
  EXPECT_EQ(split(at(","), "a,b,,"), (Row{"a", "b", "", ""}));
  EXPECT_EQ(split(at(" +"), "a   b c"), (Row{"a", "b", "c"}));
  EXPECT_EQ(split(at("\\t"), "a\tb"), (Row{"a", "b"}));
  EXPECT_EQ(split(at(","), ""), Row{""});
  EXPECT_THROW(split(at("("), "a"), Error);
}

TEST(Columns, AreTrimmed) {
  EXPECT_EQ(split(at(",", Trim::both), " a , b"), (Row{"a", "b"}));
  EXPECT_EQ(split(at(",", Trim::left), " a , b"), (Row{"a ", "b"}));
  EXPECT_EQ(split(at(",", Trim::right), " a , b"), (Row{" a", " b"}));
}

TEST(Columns, AsRfc4180HasThem) {
  EXPECT_EQ(split(csv(), R"("a,b","c ""q"" d",e)"), (Row{"a,b", R"(c "q" d)", "e"}));
  EXPECT_EQ(split(csv(), "\"x\ny\",z"), (Row{"x\ny", "z"}));
  EXPECT_EQ(split(csv(";"), "a;b,c;"), (Row{"a", "b,c", ""}));
}

TEST(Columns, AHeadingMayEndInACarriageReturn) { EXPECT_EQ(ColumnSplitter(at(",")).names("a,b\r"), (Row{"a", "b"})); }

}  // namespace
}  // namespace farm
