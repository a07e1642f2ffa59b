#include "sweep/slips.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace farm {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

std::vector<std::string> slips(std::vector<std::string> command, std::size_t values = 2) {
  Sweep sweep;
  sweep.command = std::move(command);
  return find_slips(sweep, {}, values);
}

TEST(Slips, AValueThatNoTaskHas) {
  EXPECT_THAT(slips({"sim", "{1}", "{3}.out"}), ElementsAre(StartsWith("{3} stands for nothing")));
  EXPECT_THAT(slips({"sim", "{1}", "{-3/.}"}), ElementsAre(StartsWith("{-3/.} stands for nothing")));
  EXPECT_THAT(slips({"sim", "{1}", "{2}", "{#}", "{%}"}), IsEmpty());
}

TEST(Slips, AValueBetweenQuotes) {
  EXPECT_THAT(slips({"grep", "\"{1}\"", "f"}), ElementsAre(HasSubstr("double quotes")));
  EXPECT_THAT(slips({"awk", "'/{1}/'"}), ElementsAre(HasSubstr("single quotes")));
  EXPECT_THAT(slips({"x", "\"a\" {1} 'b'", "\"{#}\""}), IsEmpty());
}

TEST(Slips, AreToldOnce) { EXPECT_EQ(slips({"sim", "{3}", "{3}"}).size(), 1U); }

TEST(Slips, QuotesAreRightWhereTheCommandIsQuoted) {
  Sweep sweep;
  sweep.command = {"awk", "\"{1}\""};
  sweep.quote_words = true;
  EXPECT_THAT(find_slips(sweep, {}, 1), IsEmpty());
}

}  // namespace
}  // namespace farm
