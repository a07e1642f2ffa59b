#include "sweep/dynamic_tag.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace farm {
namespace {

bool is_word_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Behind the parenthesis that closes the one at `open`, or npos.
std::size_t end_of_group(std::string_view text, std::size_t open) {
  int depth = 0;
  bool is_in_class = false;
  for (std::size_t at = open; at < text.size(); ++at) {
    if (text[at] == '\\') {
      ++at;
    } else if (text[at] == '[') {
      is_in_class = true;
    } else if (text[at] == ']') {
      is_in_class = false;
    } else if (!is_in_class && text[at] == '(') {
      ++depth;
    } else if (!is_in_class && text[at] == ')' && --depth == 0) {
      return at + 1;
    }
  }
  return text.npos;
}

std::string pattern_of(std::string_view name) {
  std::string pattern;
  for (std::size_t at = 0; at < name.size();) {
    const std::size_t end = name[at] == '(' ? end_of_group(name, at) : name.npos;
    if (end != name.npos) {
      pattern += name.substr(at, end - at);
      at = end;
    } else {
      pattern += fmt::format("\\x{:02x}", static_cast<unsigned char>(name[at++]));
    }
  }
  return pattern;
}

std::string single_quoted(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\\' || c == '\'') quoted += '\\';
    quoted += c;
  }
  return quoted + "'";
}

// With a variable of its own for every $$n: the language puts variables into texts and patterns by itself.
std::string with_variables(std::string_view expression) {
  std::string text;
  for (std::size_t at = 0; at < expression.size();) {
    if (!expression.substr(at).starts_with("$$") || at + 2 == expression.size() || !is_digit(expression[at + 2])) {
      text += expression[at++];
      continue;
    }
    const std::size_t digits = at + 2;
    at = digits;
    while (at < expression.size() && is_digit(expression[at])) ++at;
    const bool goes_on = at < expression.size() && is_word_char(expression[at]);
    const std::string_view group = expression.substr(digits, at - digits);
    text += goes_on ? fmt::format("${{rpl{}}}", group) : fmt::format("$rpl{}", group);
  }
  return text;
}

Expression parse_with(std::string_view expression, const std::string& declarations) {
  try {
    return Expression::parse(declarations + with_variables(expression));
  } catch (const ExpressionError& error) {
    const std::size_t offset = error.offset() - std::min(error.offset(), declarations.size());
    throw ExpressionError(error.what(), std::min(offset, expression.size()));
  }
}

std::string declaration(std::size_t group, std::string_view value) {
  return fmt::format("my $rpl{} = {}; ", group, single_quoted(value));
}

}  // namespace

bool DynamicTag::is_one(std::string_view name) {
  const std::size_t open = name.find('(');
  return open != name.npos && end_of_group(name, open) != name.npos;
}

DynamicTag::DynamicTag(std::string_view name, std::string expression)
    : expression_(std::move(expression)), plain_(std::make_shared<const Regex>("\\A" + pattern_of(name))) {
  if (name.starts_with('{') && name.ends_with('}')) {
    numbered_ = std::make_shared<const Regex>("\\A\\{(-?[0-9]+)" + pattern_of(name.substr(1)));
  }
  // What is wrong with it is said also when it is used nowhere.
  std::string declarations;
  for (std::size_t group = 1; group <= plain_->groups(); ++group) declarations += declaration(group, "1");
  parse_with(expression_, declarations);
}

std::optional<DynamicTag::Found> DynamicTag::find(std::string_view text) const {
  RegexMatch match;
  if (plain_->find(text, 0, match)) return found(match, 1);
  if (numbered_ == nullptr || !numbered_->find(text, 0, match)) return std::nullopt;
  std::optional<Found> result = found(match, 2);
  const std::string_view digits = match[1];
  std::from_chars(digits.data(), digits.data() + digits.size(), result->position);
  return result;
}

std::optional<DynamicTag::Found> DynamicTag::found(const RegexMatch& match, std::size_t first_group) const {
  std::string declarations;
  for (std::size_t group = first_group; group < match.size(); ++group) {
    declarations += declaration(group - first_group + 1, match[group]);
  }
  return Found{.expression = std::make_shared<const Expression>(parse_with(expression_, declarations)),
               .length = match.end()};
}

}  // namespace farm
