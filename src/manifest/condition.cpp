#include "manifest/condition.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <compare>
#include <optional>
#include <utility>

#include "base/text.hpp"

namespace farm {
namespace {

struct Token {
  std::string text;
  std::size_t at = 0;
  bool is_quoted = false;
};

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_relation(char c) { return c == '=' || c == '!' || c == '<' || c == '>'; }
bool is_quote(char c) { return c == '\'' || c == '"'; }

Token next_token(std::string_view text, std::size_t& at) {
  while (at < text.size() && is_space(text[at])) ++at;
  Token token{"", at, false};
  if (at >= text.size()) return token;
  if (is_quote(text[at])) {
    const std::size_t closing = text.find(text[at], at + 1);
    if (closing == std::string_view::npos) throw ConditionError("this quote is never closed", at);
    token.text = text.substr(at + 1, closing - at - 1);
    token.is_quoted = true;
    at = closing + 1;
    return token;
  }
  const bool in_relation = is_relation(text[at]);
  while (at < text.size() && !is_space(text[at]) && !is_quote(text[at]) && is_relation(text[at]) == in_relation) {
    token.text += text[at++];
  }
  return token;
}

std::optional<double> number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::partial_ordering compare(std::string_view a, std::string_view b) {
  const auto left = number(a);
  const auto right = number(b);
  if (left && right) return *left <=> *right;
  return a <=> b;
}

}  // namespace

Condition::Condition(std::string_view text, const std::vector<std::string>& names) {
  constexpr std::array<std::string_view, 6> relations{"==", "!=", "<", "<=", ">", ">="};
  std::size_t at = 0;
  for (;;) {
    const Token name = next_token(text, at);
    const auto parameter = std::find(names.begin(), names.end(), name.text);
    if (name.is_quoted || parameter == names.end()) {
      throw ConditionError(fmt::format("expected the name of a parameter, found '{}'; there are {}",
                                       printable(name.text), fmt::join(names, ", ")),
                           name.at);
    }
    const Token relation = next_token(text, at);
    const auto known = std::find(relations.begin(), relations.end(), relation.text);
    if (relation.is_quoted || known == relations.end()) {
      throw ConditionError(fmt::format("expected {}, found '{}'", fmt::join(relations, ", "), printable(relation.text)),
                           relation.at);
    }
    const Token literal = next_token(text, at);
    if (!literal.is_quoted && !number(literal.text) && literal.text != "true" && literal.text != "false") {
      throw ConditionError(fmt::format("expected a number or a text in quotes, found '{}'", printable(literal.text)),
                           literal.at);
    }
    comparisons_.push_back({static_cast<std::size_t>(parameter - names.begin()),
                            static_cast<Relation>(known - relations.begin()), literal.text});
    const Token link = next_token(text, at);
    if (link.text.empty() && !link.is_quoted) return;
    if (link.text != "and")
      throw ConditionError(fmt::format("expected 'and', found '{}'", printable(link.text)), link.at);
  }
}

bool Condition::holds(const std::vector<std::string>& values) const {
  return std::all_of(comparisons_.begin(), comparisons_.end(), [&](const Comparison& comparison) {
    const auto order = compare(values[comparison.parameter], comparison.literal);
    switch (comparison.relation) {
      case Relation::equal:
        return order == 0;
      case Relation::unequal:
        return order != 0;
      case Relation::less:
        return order < 0;
      case Relation::at_most:
        return order <= 0;
      case Relation::greater:
        return order > 0;
      case Relation::at_least:
        return order >= 0;
    }
    return false;
  });
}

}  // namespace farm
