#include "expression/regex.hpp"

#include <gmock/gmock.h>

namespace farm {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string replaced(const Regex& regex, std::string_view subject) {
  std::string out;
  std::size_t at = 0;
  RegexMatch match;
  regex.each(subject, match, [&] {
    out += subject.substr(at, match.begin() - at);
    out += '<';
    out += match[0];
    out += '>';
    at = match.end();
    return true;
  });
  return out += subject.substr(at);
}

TEST(Regex, FindsGroups) {
  const Regex regex("(a)|(b+)");
  RegexMatch match;
  ASSERT_TRUE(regex.find("xxbb", 0, match));
  EXPECT_EQ(regex.groups(), 2u);
  EXPECT_EQ(match.size(), 3u);
  EXPECT_EQ(match[0], "bb");
  EXPECT_FALSE(match.has(1));
  EXPECT_EQ(match[1], "");
  EXPECT_EQ(match[2], "bb");
  EXPECT_EQ(match.begin(), 2u);
  EXPECT_FALSE(regex.find("xxbb", 4, match));
  EXPECT_EQ(match[2], "bb") << "a search in vain leaves the last match";
}

TEST(Regex, OptionsAreThoseOfPerl) {
  RegexMatch match;
  EXPECT_TRUE(Regex("A.B", {.ignore_case = true, .dot_all = true}).find("a\nb", 0, match));
  EXPECT_FALSE(Regex("a.b").find("a\nb", 0, match));
  EXPECT_TRUE(Regex("^b$", {.multi_line = true}).find("a\nb\nc", 0, match));
  EXPECT_TRUE(Regex("a b # c", {.extended = true}).find("ab", 0, match));
}

TEST(Regex, MatchesBytes) {
  RegexMatch match;
  ASSERT_TRUE(Regex("^.$").find("\xff", 0, match));
  EXPECT_FALSE(Regex("^.$").find("\xc3\xbc", 0, match));
  EXPECT_THROW(Regex("(*UTF)x"), RegexError);
}

TEST(Regex, VisitsEveryMatchOnce) {
  EXPECT_EQ(replaced(Regex("a"), "banana"), "b<a>n<a>n<a>");
  EXPECT_EQ(replaced(Regex("a*"), "baac"), "<>b<aa><>c<>");
  EXPECT_EQ(replaced(Regex(""), "ab"), "<>a<>b<>");
  EXPECT_EQ(replaced(Regex("x"), ""), "");
  EXPECT_EQ(replaced(Regex("\\b"), "a b"), "<>a<> <>b<>");
}

TEST(Regex, SplitsAndKeepsEmptyColumns) {
  EXPECT_THAT(Regex(",").split("a,,b,"), ElementsAre("a", "", "b", ""));
  EXPECT_THAT(Regex(",").split(",a"), ElementsAre("", "a"));
  EXPECT_THAT(Regex("\\s+").split("a  b\tc"), ElementsAre("a", "b", "c"));
  EXPECT_THAT(Regex(",").split("a,b,c", 2), ElementsAre("a", "b,c"));
  EXPECT_THAT(Regex("([,;])").split("a,b;c"), ElementsAre("a", ",", "b", ";", "c"));
  EXPECT_THAT(Regex("").split("abc"), ElementsAre("a", "b", "c"));
  EXPECT_THAT(Regex(",").split(""), IsEmpty());
}

TEST(Regex, AnErrorSaysWhere) {
  try {
    Regex("ab(c");
    FAIL();
  } catch (const RegexError& error) {
    EXPECT_THAT(error.what(), HasSubstr("missing closing parenthesis"));
    EXPECT_EQ(error.offset(), 4u);
  }
}

TEST(Regex, GivesUpOnWhatNeverEnds) {
  RegexMatch match;
  std::string subject(60, 'a');
  subject += 'b';
  EXPECT_THROW(Regex("(a+)+$").find(subject, 0, match), RegexError);
}

TEST(Regex, SearchesCanBeCounted) {
  const Regex regex("b(?=[^c]*+)", {.counted = true});
  const std::string subject(1000, 'b');
  RegexMatch match;
  std::size_t left = 5000;
  ASSERT_TRUE(regex.find(subject, 0, match, &left));
  EXPECT_LT(left, 4000u) << "what is looked at ahead counts, too";
  EXPECT_GT(left, 3000u);
  std::size_t again = 5000;
  EXPECT_TRUE(regex.find(subject, 0, match, &again));
  EXPECT_EQ(again, left);
  EXPECT_THROW(regex.each(
                   subject, match, [] { return true; }, &left),
               RegexError);
  EXPECT_TRUE(regex.find(subject, 0, match)) << "and need not be";
}

}  // namespace
}  // namespace farm
