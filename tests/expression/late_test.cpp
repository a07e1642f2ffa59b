#include "expression/late.hpp"

#include <gtest/gtest.h>

#include <array>

#include "base/quote.hpp"
#include "expression/expression.hpp"
#include "expression_idioms.hpp"

namespace farm {
namespace {

using namespace std::string_literals;

TEST(Late, FillsInTheSlot) {
  const std::string text = "gpu " + late("slot()") + "/" + late("$_='a'.slot()") + " end";
  EXPECT_TRUE(has_late(text));
  EXPECT_EQ(fill_late(text, 12), "gpu 12/a12 end");
  EXPECT_FALSE(has_late("plain"));
  EXPECT_EQ(fill_late("plain", 1), "plain");
}

TEST(Late, QuotesUnlessToldNotTo) {
  EXPECT_EQ(fill_late(late("$_='a b'"), 1), "'a b'");
  EXPECT_EQ(fill_late(late("$_='a b'; uq()"), 1), "a b");
}

TEST(Late, FrozenExpressionsNeedOnlyTheSlot) {
  const auto lookup = [](std::string_view name) -> std::optional<std::string_view> {
    if (name == "temperature") return "3 'K'";
    return std::nullopt;
  };
  const std::vector<std::string_view> arguments{"it's \\", "2"};
  const ExpressionContext context{
      .value = "v\n", .arguments = arguments, .lookup = lookup, .sequence = 7, .total = 9, .slot = 3};
  for (const std::string& text :
       {"$_ .= slot() . seq().total_jobs() . temperature . \"$arg[1]@arg\"; # end"s, "s/\\n/$arg[2]/; $_ x= slot()"s,
        "$_ = 1 if slot() == seq; uq()"s, "s/v/seq().slot()/e"s}) {
    const Expression expression = Expression::parse(text);
    EXPECT_TRUE(expression.uses_slot()) << text;
    const std::string frozen = expression.freeze(context);
    const ExpressionResult now = expression.evaluate(context);
    const ExpressionResult later = Expression::parse(frozen).evaluate({.slot = 3});
    EXPECT_EQ(later.value, now.value) << frozen;
    EXPECT_EQ(later.quote, now.quote) << frozen;
    EXPECT_EQ(fill_late(late(frozen), 3), now.quote ? quote_value(now.value) : now.value);
    EXPECT_EQ(fill_late(late(expression.freeze(context, false)), 3), now.value);
  }
}

TEST(Late, FreezingAnyExpressionChangesNothing) {
  for (const std::string& text : expression_idioms()) {
    for (const std::string& value : expression_values()) {
      const std::array<std::string_view, 2> arguments{value, "b"};
      const ExpressionContext context{.value = value, .arguments = arguments, .sequence = 2, .total = 99};
      const Expression expression = Expression::parse(text);
      const std::string frozen = expression.freeze(context);
      std::string now;
      try {
        now = expression.evaluate(context).value;
      } catch (const ExpressionError&) {
        EXPECT_THROW(Expression::parse(frozen).evaluate({}), ExpressionError) << frozen;
        continue;
      }
      EXPECT_EQ(Expression::parse(frozen).evaluate({}).value, now) << frozen;
    }
  }
}

TEST(Late, ANulInAValueDoesNotEndTheExpression) {
  const ExpressionContext context{.value = std::string_view("a\0b", 3)};
  const std::string frozen = Expression::parse("$_ .= slot()").freeze(context);
  EXPECT_FALSE(has_late(frozen));
  EXPECT_EQ(Expression::parse(frozen).evaluate({.slot = 1}).value, "a\0b1"s);
}

}  // namespace
}  // namespace farm
