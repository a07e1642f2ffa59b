#include "manifest/condition.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace farm {
namespace {

using testing::HasSubstr;

/// Whether it holds for mode=fast, size=60, seed=3, T=-2.5, flag=true, a-b=7, a=1, b=2.
bool holds(std::string_view condition) {
  const std::vector<std::string> names{"mode", "size", "seed", "T", "flag", "a-b", "a", "b", "not"};
  return Condition(condition, names).holds({"fast", "60", "3", "-2.5", "true", "7", "1", "2", "x"});
}

/// "offset: message"
std::string trouble(std::string_view condition) {
  try {
    holds(condition);
  } catch (const ConditionError& error) {
    return std::to_string(error.offset()) + ": " + error.what();
  }
  return "";
}

TEST(Condition, ComparesNumbersAsNumbersAndTextAsText) {
  EXPECT_TRUE(holds("size == 60.0"));
  EXPECT_TRUE(holds("size > 7"));
  EXPECT_FALSE(holds("size < 7")) << "as text it would be";
  EXPECT_TRUE(holds("T == -2.5 and T < -2 and T <= -2.5"));
  EXPECT_TRUE(holds("mode == 'fast'"));
  EXPECT_TRUE(holds("mode != \"slow\""));
  EXPECT_TRUE(holds("mode < 'slow' and 'fast' >= mode"));
  EXPECT_TRUE(holds("mode != 3 and mode != -3")) << "a text is no number";
  EXPECT_TRUE(holds("flag == true"));
  EXPECT_TRUE(holds("seed<size"));
  EXPECT_TRUE(holds("seed == '3.0'"));
}

TEST(Condition, JoinsAsInPython) {
  EXPECT_TRUE(holds("mode == 'fast' or (size * 2 > 100 and not seed == 3)"));
  EXPECT_TRUE(holds("mode == 'slow' or size * 2 > 100 and not seed == 4"));
  EXPECT_TRUE(holds("seed == 3 or seed == 4 and seed == 5")) << "'and' binds tighter";
  EXPECT_FALSE(holds("(seed == 3 or seed == 4) and seed == 5"));
  EXPECT_FALSE(holds("not seed == 3 or seed == 4")) << "'not' binds tighter still";
  EXPECT_TRUE(holds("not not flag"));
  EXPECT_TRUE(holds("flag and seed == 3"));
  EXPECT_FALSE(holds("not (flag)"));
  EXPECT_TRUE(holds("flag or mode")) << "what is decided is not looked at";
}

TEST(Condition, Computes) {
  EXPECT_TRUE(holds("1 + 2 * 3 == 7"));
  EXPECT_TRUE(holds("(1 + 2) * 3 == 9"));
  EXPECT_TRUE(holds("10 - 2 - 3 == 5")) << "from left to right";
  EXPECT_TRUE(holds("8 / 2 / 2 == 2"));
  EXPECT_TRUE(holds("size % 7 == 4"));
  EXPECT_TRUE(holds("-1 % 3 == 2 and 1 % -3 == -2 and -6 % 3 == 0"));
  EXPECT_TRUE(holds("-size + 1 == -59"));
  EXPECT_TRUE(holds("- -3 == seed"));
  EXPECT_TRUE(holds("1e2 == 100 and .5 * 2 == 1"));
  EXPECT_TRUE(holds("9007199254740993 != 9007199254740992"));
  EXPECT_TRUE(holds("9223372036854775807 - 1 == 9223372036854775806"));
}

TEST(Condition, TakesTheLongestName) {
  EXPECT_TRUE(holds("a-b == 7"));
  EXPECT_TRUE(holds("a - b == -1"));
  EXPECT_TRUE(holds("{a}-{b} == -1"));
  EXPECT_TRUE(holds("{not} == 'x'")) << "a parameter that is called like a word of the language";
  EXPECT_EQ(trouble("sized > 1"),
            "0: expected the name of a parameter, found 'sized'; there are mode, size, seed, T, "
            "flag, a-b, a, b, not");
  EXPECT_THAT(trouble("1 < {size"), HasSubstr("4: this brace is never closed"));
  EXPECT_THAT(trouble("seed == 3 and {nothing} == 1"),
              HasSubstr("14: expected the name of a parameter, found 'nothing'"));
}

TEST(Condition, SaysWhatIsWrongAndWhere) {
  EXPECT_EQ(trouble(""), "0: expected a parameter, a number or a text in quotes, found the end");
  EXPECT_EQ(trouble("seed =="), "7: expected a parameter, a number or a text in quotes, found the end");
  EXPECT_EQ(trouble("seed == )"), "8: expected a parameter, a number or a text in quotes, found ')'");
  EXPECT_EQ(trouble("(seed == 3"), "10: expected ')', found the end");
  EXPECT_EQ(trouble("seed == 3 seed == 4"), "10: expected 'and', 'or' or the end, found 'seed'");
  EXPECT_EQ(trouble("mode == 'fast"), "8: this quote is never closed");
  EXPECT_EQ(trouble("1 < seed < 4"), "9: one comparison at a time: join two by 'and', found '<'");
  EXPECT_EQ(trouble("seed = 3"), "5: write '==', not '='");
  EXPECT_EQ(trouble("seed == 3 && flag"), "10: write 'and', not '&&'");
  EXPECT_EQ(trouble("!flag"), "0: write 'not', not '!'");
  EXPECT_EQ(trouble("seed == 3; x"),
            "9: expected the name of a parameter, found ';'; there are mode, size, seed, T, "
            "flag, a-b, a, b, not");
  EXPECT_THAT(trouble("seed == 3x"), HasSubstr("8: expected the name of a parameter, found '3x'"));
  EXPECT_THAT(trouble("mode == fast"), HasSubstr("8: expected the name of a parameter, found 'fast'"));
}

TEST(Condition, KindsMustFit) {
  EXPECT_EQ(trouble("size"), "0: 'size' is '60', not true or false");
  EXPECT_EQ(trouble("size + 1"), "5: expected a condition, such as a comparison; this is a value");
  EXPECT_EQ(trouble("3 and flag"), "0: expected a condition, such as a comparison; this is a value");
  EXPECT_EQ(trouble("(seed == 3) == flag"), "6: expected a value; this is a condition");
  EXPECT_EQ(trouble("not (seed == 3) + 1 == 2"), "10: expected a number; this is a condition");
  EXPECT_EQ(trouble("'a' + 1 == 2"), "0: 'a' is not a number");
  EXPECT_EQ(trouble("seed == 3 and mode * 2 > 1"), "14: 'mode' is 'fast', not a number");
  EXPECT_EQ(trouble("size * 2 == mode"), "12: 'mode' is 'fast', not a number");
  EXPECT_EQ(trouble("not mode"), "4: 'mode' is 'fast', not true or false");
  EXPECT_EQ(trouble("1 / (seed - 3) > 0"), "2: this divides by zero");
  EXPECT_EQ(trouble("1 % 0 > 0"), "2: this divides by zero");
  EXPECT_EQ(trouble("1e4000 * 1e4000 > 0"), "7: this number is too large");
}

TEST(Condition, WhatNobodyWritesIsRefused) {
  EXPECT_THAT(trouble(std::string(5000, '(')), HasSubstr("nested too deeply"));
  EXPECT_THAT(trouble(std::string(5000, '-') + "1 == 1"), HasSubstr("nested too deeply"));
  std::string nots;
  std::string sum = "1";
  for (int i = 0; i < 5000; ++i) {
    nots += "not ";
    sum += "+1";
  }
  EXPECT_THAT(trouble(nots + "flag"), HasSubstr("nested too deeply"));
  EXPECT_THAT(trouble(sum + " > 1"), HasSubstr("too long"));
}

}  // namespace
}  // namespace farm
