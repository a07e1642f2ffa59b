#include "base/quote.hpp"

#include <gtest/gtest.h>

namespace farm {
namespace {

TEST(Quote, LeavesPlainValuesAlone) {
  EXPECT_EQ(quote_value("plain"), "plain");
  EXPECT_EQ(quote_value("-lead"), "-lead");
  EXPECT_EQ(quote_value("a/b_c.d+e-9"), "a/b_c.d+e-9");
}

TEST(Quote, EncloseEverythingElse) {
  EXPECT_EQ(quote_value(""), "''");
  EXPECT_EQ(quote_value("a b"), "'a b'");
  EXPECT_EQ(quote_value("a:b"), "'a:b'");
  EXPECT_EQ(quote_value("a\nb"), "'a\nb'");
  EXPECT_EQ(quote_value("\xc3\xbc"), "'\xc3\xbc'");
}

TEST(Quote, LeavesNoEmptyPairAtAnEnd) {
  EXPECT_EQ(quote_value("x'y"), R"('x'"'"'y')");
  EXPECT_EQ(quote_value("'lead"), R"("'"'lead')");
  EXPECT_EQ(quote_value("trail'"), R"('trail'"'")");
  EXPECT_EQ(quote_value("'"), R"("'")");
}

TEST(Quote, AnEmptyPairInTheMiddleStays) {
  EXPECT_EQ(quote_value("''"), R"("'"''"'")");
  EXPECT_EQ(quote_value("x''y"), R"('x'"'"''"'"'y')");
}

}  // namespace
}  // namespace farm
