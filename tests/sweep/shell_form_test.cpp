#include "sweep/shell_form.hpp"

#include <gtest/gtest.h>

#include "expression/expression.hpp"

namespace farm {
namespace {

std::string apply(std::string_view form, std::string_view value) {
  const auto expression = shell_form(form);
  if (!expression) return "no form";
  ExpressionContext context;
  context.value = value;
  return Expression::parse(*expression).evaluate(context).value;
}

TEST(ShellForm, ADefaultStandsForNothingAndZero) {
  EXPECT_EQ(apply(":-it's", ""), "it's");
  EXPECT_EQ(apply(":-a\\b", "0"), "a\\b");
  EXPECT_EQ(apply(":-x", "00"), "00");
}

TEST(ShellForm, CountsBytes) {
  EXPECT_EQ(apply(":2", "abcdef"), "cdef");
  EXPECT_EQ(apply(":1:3", "abcdef"), "bcd");
  EXPECT_EQ(apply(":9", "abc"), "");
}

TEST(ShellForm, TakesAwayLittleOrMuch) {
  EXPECT_EQ(apply("#.*/", "a/b/c"), "b/c");
  EXPECT_EQ(apply("##.*/", "a/b/c"), "c");
  EXPECT_EQ(apply("%/.*", "a/b/c"), "a/b");
  EXPECT_EQ(apply("%%/.*", "a/b/c"), "a");
  EXPECT_EQ(apply("%c|bc", "abc"), "ab");
}

TEST(ShellForm, ReplacesByPlainText) {
  EXPECT_EQ(apply("/[ab]/$1@x\\", "cab"), "c$1@x\\b");
  EXPECT_EQ(apply("//[ab]/-", "cab"), "c--");
  EXPECT_EQ(apply("/b/", "abc"), "ac");
}

TEST(ShellForm, ChangesLetters) {
  EXPECT_EQ(apply("^[a-c]", "abc"), "Abc");
  EXPECT_EQ(apply("^^[bc]", "abc"), "aBC");
  EXPECT_EQ(apply(",A", "ABA"), "aBA");
  EXPECT_EQ(apply(",,A", "ABA"), "aBa");
  EXPECT_EQ(apply("^b", "abc"), "abc");
}

TEST(ShellForm, AnythingElseIsNone) {
  for (const char* text : {"", ":", ":-", ":x", ":1:", ":1:-1", "#", "%", "/b", "/", "^", ",", "name", "a,b"}) {
    EXPECT_FALSE(shell_form(text)) << text;
  }
}

}  // namespace
}  // namespace farm
