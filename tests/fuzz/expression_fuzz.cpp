// Any bytes are either an expression or an ExpressionError that points into them; an expression gives the same each
// time and also when it is frozen.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/check.hpp"
#include "expression/expression.hpp"
#include "expression/late.hpp"

namespace {

std::optional<farm::ExpressionResult> evaluate(const farm::Expression& expression,
                                               const farm::ExpressionContext& context) {
  try {
    return expression.evaluate(context);
  } catch (const farm::ExpressionError&) {
    return std::nullopt;
  }
}

void check_equal(const std::optional<farm::ExpressionResult>& left,
                 const std::optional<farm::ExpressionResult>& right) {
  FARM_CHECK(left.has_value() == right.has_value());
  FARM_CHECK(!left || (left->value == right->value && left->skip == right->skip && left->quote == right->quote));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const std::vector<std::string_view> arguments{"dir/a b.txt", "12"};
  const farm::ExpressionContext context{.value = "dir/a b.txt",
                                        .arguments = arguments,
                                        .lookup =
                                            [](std::string_view name) {
                                              return name.size() == 1 ? std::optional<std::string_view>("3.5")
                                                                      : std::nullopt;
                                            },
                                        .sequence = 7,
                                        .total = 10,
                                        .slot = 2};
  try {
    const farm::Expression expression = farm::Expression::parse(text);
    const auto result = evaluate(expression, context);
    check_equal(evaluate(expression, context), result);
    if (farm::has_late(text)) return 0;
    const std::string frozen = expression.freeze(context);
    FARM_CHECK(!farm::has_late(frozen));
    // What has no value need not be an expression any more: the values of its other words stand in it now.
    if (result) check_equal(evaluate(farm::Expression::parse(frozen), {.slot = 2}), result);
  } catch (const farm::ExpressionError& error) {
    FARM_CHECK(error.offset() <= text.size());
  }
  return 0;
}
