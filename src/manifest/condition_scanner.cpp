#include "manifest/condition_scanner.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "base/text.hpp"
#include "manifest/condition_tree.hpp"

namespace farm {
namespace {

using Kind = ConditionWord::Kind;

constexpr std::array<std::string_view, 13> symbols{"==", "!=", "<=", ">=", "<", ">", "+", "-", "*", "/", "%", "(", ")"};
constexpr std::array<std::string_view, 5> keywords{"and", "or", "not", "true", "false"};
// What other languages write.
constexpr std::array<std::pair<std::string_view, std::string_view>, 4> foreign{
    {{"&&", "and"}, {"||", "or"}, {"=", "=="}, {"!", "not"}}};

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_word_part(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || static_cast<signed char>(c) < 0;
}

// Whether a word may end there: not in the middle of a longer one.
bool is_border(std::string_view text, std::size_t at) {
  return at == 0 || at >= text.size() || !is_word_part(text[at - 1]) || !is_word_part(text[at]);
}

}  // namespace

std::optional<long double> parse_condition_number(std::string_view text) {
  const std::string_view digits = text.substr(text.starts_with('-') || text.starts_with('+') ? 1 : 0);
  if (digits.empty() || (!is_digit(digits.front()) && digits.front() != '.')) return std::nullopt;
  long double number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || end != digits.data() + digits.size() || !std::isfinite(number)) return std::nullopt;
  return text.starts_with('-') ? -number : number;
}

ConditionWord ConditionScanner::next() {
  while (at_ < text_.size() && is_space(text_[at_])) ++at_;
  if (at_ == text_.size()) return {Kind::end, "", at_, 0};
  const char first = text_[at_];
  if (first == '\'' || first == '"') return quoted();
  if (first == '{') return braced();
  return is_word_part(first) || first == '.' ? word() : symbol();
}

ConditionWord ConditionScanner::quoted() {
  const std::size_t closing = text_.find(text_[at_], at_ + 1);
  if (closing == std::string_view::npos) throw ConditionError("this quote is never closed", at_);
  ConditionWord found{Kind::text, std::string(text_.substr(at_ + 1, closing - at_ - 1)), at_, 0};
  at_ = closing + 1;
  return found;
}

ConditionWord ConditionScanner::braced() {
  const std::size_t closing = text_.find('}', at_);
  if (closing == std::string_view::npos) throw ConditionError("this brace is never closed", at_);
  const std::string_view name = text_.substr(at_ + 1, closing - at_ - 1);
  const auto known = std::find(names_.begin(), names_.end(), name);
  if (known == names_.end()) fail_unknown(name, at_);
  ConditionWord found{Kind::parameter, *known, at_, static_cast<std::size_t>(known - names_.begin())};
  at_ = closing + 1;
  return found;
}

ConditionWord ConditionScanner::symbol() {
  for (const std::string_view known : symbols) {
    if (rest().starts_with(known)) return take(Kind::symbol, known.size());
  }
  // A name of any characters can be a parameter.
  ConditionWord found = word();
  if (found.kind == Kind::parameter) return found;
  throw ConditionError("this is no part of a condition", found.at);
}

// The longest of what could begin here.
ConditionWord ConditionScanner::word() {
  std::size_t longest = 0;
  std::size_t parameter = 0;
  for (std::size_t i = 0; i < names_.size(); ++i) {
    const std::string& name = names_[i];
    if (name.size() <= longest || !rest().starts_with(name) || !is_border(text_, at_ + name.size())) continue;
    longest = name.size();
    parameter = i;
  }
  if (const std::size_t size = number_size(); size > 0 && size >= longest) return take(Kind::number, size);
  if (const std::size_t size = keyword_size(); size > 0 && size >= longest) return take(Kind::word, size);
  if (longest > 0) {
    ConditionWord found = take(Kind::parameter, longest);
    found.parameter = parameter;
    return found;
  }
  for (const auto& [written, meant] : foreign) {
    if (rest().starts_with(written)) throw ConditionError(fmt::format("write '{}', not '{}'", meant, written), at_);
  }
  std::size_t end = at_;
  while (end < text_.size() && is_word_part(text_[end])) ++end;
  fail_unknown(text_.substr(at_, std::max<std::size_t>(end - at_, 1)), at_);
}

std::size_t ConditionScanner::number_size() const {
  if (!is_digit(text_[at_]) && text_[at_] != '.') return 0;
  long double number = 0;
  const auto [end, error] = std::from_chars(rest().data(), rest().data() + rest().size(), number);
  const auto size = static_cast<std::size_t>(end - rest().data());
  const bool is_number = error == std::errc() && std::isfinite(number) && is_border(text_, at_ + size);
  return is_number ? size : 0;
}

std::size_t ConditionScanner::keyword_size() const {
  const auto found = std::find_if(keywords.begin(), keywords.end(), [&](std::string_view keyword) {
    return rest().starts_with(keyword) && is_border(text_, at_ + keyword.size());
  });
  return found == keywords.end() ? 0 : found->size();
}

ConditionWord ConditionScanner::take(Kind kind, std::size_t size) {
  ConditionWord found{kind, std::string(rest().substr(0, size)), at_, 0};
  at_ += size;
  return found;
}

void ConditionScanner::fail_unknown(std::string_view name, std::size_t at) const {
  throw ConditionError(fmt::format("expected the name of a parameter, found '{}'; there are {}", printable(name),
                                   printable(fmt::format("{}", fmt::join(names_, ", ")))),
                       at);
}

}  // namespace farm
