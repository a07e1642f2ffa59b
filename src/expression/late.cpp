#include "expression/late.hpp"

#include <algorithm>

#include "base/quote.hpp"
#include "expression/expression.hpp"

namespace farm {
namespace {

void append_value(std::string& out, std::string_view expression, std::uint32_t slot) {
  if (expression == "slot()") {  // what {%} is, so nearly all of them
    out += std::to_string(slot);
    return;
  }
  const ExpressionResult result = Expression::parse(expression).evaluate({.slot = slot});
  if (result.quote) {
    append_quoted(out, result.value);
  } else {
    out += result.value;
  }
}

}  // namespace

std::string late(std::string_view expression) {
  std::string marked(1, '\0');
  marked += expression;
  marked += '\0';
  return marked;
}

bool has_late(std::string_view text) { return text.find('\0') != text.npos; }

std::string fill_late(std::string_view text, std::uint32_t slot) {
  std::string filled;
  while (true) {
    const std::size_t begin = text.find('\0');
    filled += text.substr(0, begin);
    if (begin == text.npos) return filled;
    const std::size_t end = std::min(text.find('\0', begin + 1), text.size());
    append_value(filled, text.substr(begin + 1, end - begin - 1), slot);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

}  // namespace farm
