#include "sweep/dynamic_tag.hpp"

#include <gtest/gtest.h>

namespace farm {
namespace {

// What the beginning of `text` becomes for the value "abcdef"; "-" when it is no replacement string.
std::string result(const DynamicTag& tag, std::string_view text) {
  const auto found = tag.find(text);
  if (!found) return "-";
  ExpressionContext context;
  context.value = "abcdef";
  return found->expression->evaluate(context).value + "|" + std::string(text.substr(found->length));
}

TEST(DynamicTag, ItsPartsAreVariables) {
  const DynamicTag part("{:(\\d+)}", "$_ = substr($_,0,$$1)");
  EXPECT_EQ(result(part, "{:2}x"), "ab|x");
  EXPECT_EQ(result(part, "{:4}"), "abcd|");
  EXPECT_EQ(result(part, "{:}"), "-");
  EXPECT_EQ(result(part, " {:2}"), "-");
}

TEST(DynamicTag, InTextsAndPatterns) {
  const DynamicTag replace("{s(.+?)/(.*?)}", "s/$$1/$$2/");
  EXPECT_EQ(result(replace, "{s./X}"), "Xbcdef|");
  EXPECT_EQ(result(replace, "{sc.e/'}"), "ab'f|");
  EXPECT_EQ(result(DynamicTag("{a(.+?)}", "$_ = \"$$1-$_-$$1x\""), "{aQ}"), "Q-abcdef-Qx|");
  EXPECT_EQ(result(DynamicTag("%(\\d)(.?)%", "$_ = \"p$$1$$2\""), "%3%y"), "p3|y");
}

TEST(DynamicTag, WhatIsOutsideStandsForItself) {
  const DynamicTag tag("a.(b+)", "$_ = $$1");
  EXPECT_EQ(result(tag, "a.bbc"), "bb|c");
  EXPECT_EQ(result(tag, "axb"), "-");
}

TEST(DynamicTag, ANumberMayComeFirst) {
  const DynamicTag tag("{:(\\d+)}", "$_ = $$1");
  EXPECT_EQ(tag.find("{:3}")->position, 0);
  EXPECT_EQ(tag.find("{2:3}")->position, 2);
  EXPECT_EQ(tag.find("{-1:3}")->position, -1);
  EXPECT_EQ(tag.find("{-1:3}")->length, 6U);
  EXPECT_FALSE(DynamicTag("x(y)", "$_=1").find("2xy"));
}

TEST(DynamicTag, WhatItIs) {
  EXPECT_TRUE(DynamicTag::is_one("{(\\d+)th}"));
  EXPECT_TRUE(DynamicTag::is_one("{x([^)]+)}"));
  EXPECT_FALSE(DynamicTag::is_one("{..}"));
  EXPECT_FALSE(DynamicTag::is_one("{(}"));
}

TEST(DynamicTag, MistakesAreFoundBeforeItIsUsed) {
  EXPECT_THROW(DynamicTag("{x(*)}", "$_=1"), RegexError);
  try {
    DynamicTag("{x(.)}", "$_ = system($$1)");
    FAIL();
  } catch (const ExpressionError& error) {
    EXPECT_EQ(error.offset(), 5U);
  }
}

}  // namespace
}  // namespace farm
