// Patterns and functions.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <stdexcept>

#include "base/quote.hpp"
#include "base/text.hpp"
#include "expression/expression_evaluator.hpp"
#include "expression/format.hpp"

namespace farm {
namespace {

constexpr std::size_t most_bytes = 1 << 20;

char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

/// What substr's offsets mean for a text of this size; nullopt when it begins outside.
std::optional<std::pair<std::size_t, std::size_t>> find_part(std::size_t text_size, std::int64_t offset,
                                                             std::optional<std::int64_t> length) {
  const auto size = static_cast<std::int64_t>(text_size);
  // Beyond these nothing changes, and the sums below stay in range.
  offset = std::clamp(offset, -2 * size - 2, size + 1);
  if (length) length = std::clamp(*length, -2 * size - 2, 3 * size + 3);
  const std::int64_t begin = offset < 0 ? offset + size : offset;
  std::int64_t end = size;
  if (length) end = *length < 0 ? size + *length : begin + *length;
  if (begin > size || (begin < 0 && end < 0)) return std::nullopt;
  const std::int64_t from = std::max<std::int64_t>(begin, 0);
  const std::int64_t to = std::clamp<std::int64_t>(end, from, size);
  return std::pair(static_cast<std::size_t>(from), static_cast<std::size_t>(to - from));
}

Number find_index(std::string_view text, std::string_view part, std::optional<std::int64_t> from) {
  const std::int64_t start = std::clamp<std::int64_t>(from.value_or(0), 0, static_cast<std::int64_t>(text.size()));
  const std::size_t found = text.find(part, static_cast<std::size_t>(start));
  return Number(found == text.npos ? std::int64_t{-1} : static_cast<std::int64_t>(found));
}

Number find_last_index(std::string_view text, std::string_view part, std::optional<std::int64_t> from) {
  if (from && *from < 0) return Number(std::int64_t{part.empty() ? 0 : -1});
  const std::size_t found = text.rfind(part, from ? static_cast<std::size_t>(*from) : text.npos);
  return Number(found == text.npos ? std::int64_t{-1} : static_cast<std::int64_t>(found));
}

Number read_digits(std::string_view digits, int base) {
  std::string plain;
  for (const char c : digits) {
    if (c != '_') plain += c;
  }
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(plain.data(), plain.data() + plain.size(), value, base);
  if (error != std::errc::result_out_of_range) return Number(value);
  double large = 0;
  for (const char* at = plain.data(); at != end; ++at) {
    const int digit = *at <= '9' ? *at - '0' : lower(*at) - 'a' + 10;
    large = large * base + digit;
  }
  return Number(large);
}

Number read_hex(std::string_view text) {
  if (text.starts_with("0x") || text.starts_with("0X")) text.remove_prefix(2);
  if (text.starts_with('x') || text.starts_with('X')) text.remove_prefix(1);
  return read_digits(text, 16);
}

Number read_oct(std::string_view text) {
  while (!text.empty() && (text[0] == ' ' || (text[0] >= '\t' && text[0] <= '\r'))) text.remove_prefix(1);
  std::string_view rest = text.starts_with('0') ? text.substr(1) : text;
  const char letter = rest.empty() ? '\0' : lower(rest[0]);
  if (letter == 'x') return read_digits(rest.substr(1), 16);
  if (letter == 'b') return read_digits(rest.substr(1), 2);
  if (letter == 'o') rest.remove_prefix(1);
  return read_digits(rest, 8);
}

/// A backslash before everything that is not a letter, a digit or an underscore.
std::string protect(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool is_plain = (c >= '0' && c <= '9') || c == '_' || (lower(c) >= 'a' && lower(c) <= 'z');
    if (!is_plain) out += '\\';
    out += c;
  }
  return out;
}

/// Of sprintf, at most: a conversion may need any of the arguments, a number being some hundred digits.
std::size_t work_of_format(std::string_view format, const Scalars& parts) {
  const auto conversions = static_cast<std::size_t>(std::count(format.begin(), format.end(), '%'));
  std::size_t largest = 64;
  for (std::size_t at = 1; at < parts.size(); ++at) largest = std::max(largest, parts[at].size());
  return conversions * largest;
}

}  // namespace

const Regex& ExpressionEvaluator::pattern(const ExpressionNode& node, std::size_t kid, std::optional<Regex>& made_now) {
  if (node.regex) return *node.regex;
  return compile(scalar(*node.kids[kid]).text(), node.regex_options, node.offset, made_now);
}

const Regex& ExpressionEvaluator::compile(const std::string& text, RegexOptions options, std::size_t offset,
                                          std::optional<Regex>& made_now) {
  take(1000, offset);
  made_now.emplace(text, options);
  take(made_now->compiled_bytes(), offset);  // a repeated group is there as often as it is repeated
  return *made_now;
}

void ExpressionEvaluator::remember(const RegexMatch& match, std::shared_ptr<const std::string> subject) {
  if (!program_.uses_captures) return;
  captures_.ranges.clear();
  for (std::size_t group = 0; group < match.size(); ++group) {
    const std::string_view text = match[group];
    const auto begin = match.has(group) ? static_cast<std::size_t>(text.data() - subject->data()) : RegexMatch::unset;
    captures_.ranges.emplace_back(begin, begin + text.size());
  }
  captures_.subject = std::move(subject);
}

bool ExpressionEvaluator::match(const ExpressionNode& node, Scalars* captures) {
  const auto subject = std::make_shared<const std::string>(scalar(*node.kids[0]).text());
  try {
    std::optional<Regex> made_now;
    const Regex& regex = pattern(node, 1, made_now);
    RegexMatch found;
    const auto collect = [&] {
      if (captures == nullptr) return false;
      for (std::size_t group = found.size() > 1 ? 1 : 0; group < found.size(); ++group) {
        take(found[group].size() + 16, node.offset);
        const bool is_plain_success = found.size() == 1 && !node.global;
        captures->push_back(is_plain_success   ? Scalar(true)
                            : found.has(group) ? Scalar(std::string(found[group]))
                                               : Scalar());
      }
      return node.global;
    };
    if (regex.each(*subject, found, collect, &left_) == 0) return false;
    remember(found, subject);
    return true;
  } catch (const RegexError& error) {
    fail(error.what(), node.offset);
  }
}

Scalar ExpressionEvaluator::substitute(const ExpressionNode& node) {
  const auto subject = std::make_shared<const std::string>(scalar(*node.kids[0]).text());
  std::string out, buffer;
  std::size_t at = 0;
  std::size_t count = 0;
  try {
    std::optional<Regex> made_now;
    const Regex& regex = pattern(node, 2, made_now);
    RegexMatch found;
    const auto replace = [&] {
      remember(found, subject);
      ++count;
      out.append(*subject, at, found.begin() - at);
      const Scalar replacement = scalar(*node.kids[1]);
      out += replacement.text(buffer);
      at = found.end();
      if (out.size() > most_bytes) spend(out.size(), node.offset);
      return node.global;
    };
    regex.each(*subject, found, replace, &left_);
  } catch (const RegexError& error) {
    fail(error.what(), node.offset);
  }
  if (count == 0) return node.returns_result ? Scalar(*subject) : Scalar(false);
  out.append(*subject, at);
  Scalar result = made(std::move(out), node.offset);
  if (node.returns_result) return result;
  place(*node.kids[0]) = std::move(result);
  return Scalar::of(count);
}

Scalar ExpressionEvaluator::transliterate(const ExpressionNode& node) {
  const Scalar value = scalar(*node.kids[0]);
  std::string buffer;
  std::uint64_t count = 0;
  std::string result = node.bytes->apply(value.text(buffer), count);
  if (node.returns_result) return made(std::move(result), node.offset);
  if (count > 0 && !node.flag) place(*node.kids[0]) = made(std::move(result), node.offset);
  return Scalar::of(count);
}

void ExpressionEvaluator::split(const ExpressionNode& node, Scalars& out) {
  const std::string subject = scalar(*node.kids[1]).text();
  const std::int64_t limit = node.kids.size() > 2 ? scalar(*node.kids[2]).number().integer() : 0;
  const ExpressionNode& separator = *node.kids[0];
  const bool by_words = separator.op == Op::constant;  // the single space
  static const Regex blanks("\\s+");
  std::optional<Regex> made_now;
  std::vector<std::string_view> fields;
  std::string_view text = subject;
  try {
    const bool is_dynamic = separator.op != Op::match && !by_words;
    if (is_dynamic) compile(scalar(separator).text(), {.counted = true}, node.offset, made_now);
    const Regex& regex = by_words ? blanks : is_dynamic ? *made_now : pattern(separator, 1, made_now);
    if (by_words) text.remove_prefix(std::min(text.find_first_not_of(" \t\n\v\f\r"), text.size()));
    fields = regex.split(text, limit > 0 ? static_cast<std::size_t>(limit) : 0, &left_);
  } catch (const RegexError& error) {
    fail(error.what(), node.offset);
  }
  if (limit == 0) {
    while (!fields.empty() && fields.back().empty()) fields.pop_back();
  }
  take(subject.size() + 16 * fields.size(), node.offset);
  for (const std::string_view field : fields) out.emplace_back(std::string(field));
}

Scalar ExpressionEvaluator::joined(std::string_view separator, const Scalars& parts, std::size_t from,
                                   std::size_t offset) {
  std::string text, buffer;
  for (std::size_t at = from; at < parts.size(); ++at) {
    if (at > from) text += separator;
    text += parts[at].text(buffer);
    if (text.size() > most_bytes) break;
  }
  return made(std::move(text), offset);
}

Scalar ExpressionEvaluator::call(const ExpressionNode& node) {
  switch (node.function) {
    case Function::seq:
      return Scalar::of(context_.sequence);
    case Function::slot:
      if (!context_.slot) fail("the slot is not known before the job starts", node.offset);
      return Scalar::of(*context_.slot);
    case Function::total_jobs:
      if (!context_.total) fail("the number of jobs is not known here", node.offset);
      return Scalar::of(*context_.total);
    case Function::skip:
      skips_ = true;
      return {};
    case Function::uq:
      quotes_ = false;
      return {};
    case Function::undef:
      return {};
    case Function::scalar:
      return scalar(*node.kids[0]);
    case Function::defined:
      return Scalar(scalar(*node.kids[0]).is_defined());
    case Function::chomp:
    case Function::chop:
      return call_place(node);
    case Function::split: {
      Scalars fields;
      split(node, fields);
      return Scalar::of(fields.size());
    }
    case Function::abs:
    case Function::atan2:
    case Function::cos:
    case Function::exp:
    case Function::integer:
    case Function::log:
    case Function::sin:
    case Function::sqrt:
      return call_number(node);
    case Function::chr:
    case Function::hex:
    case Function::index:
    case Function::join:
    case Function::lc:
    case Function::lcfirst:
    case Function::length:
    case Function::oct:
    case Function::ord:
    case Function::quote:
    case Function::quotemeta:
    case Function::reverse:
    case Function::rindex:
    case Function::sprintf:
    case Function::substr:
    case Function::uc:
    case Function::ucfirst:
      break;
  }
  return call_text(node);
}

Scalar ExpressionEvaluator::call_number(const ExpressionNode& node) {
  const Number number = scalar(*node.kids[0]).number();
  const double real = number.real();
  const auto value = [](double result) { return Scalar(Number(result)); };
  if (node.function == Function::abs) return Scalar(magnitude(number));
  if (node.function == Function::integer) return Scalar(truncate(number));
  if (node.function == Function::exp) return value(std::exp(real));
  if (node.function == Function::sin) return value(std::sin(real));
  if (node.function == Function::cos) return value(std::cos(real));
  if (node.function == Function::atan2) return value(std::atan2(real, scalar(*node.kids[1]).number().real()));
  if (node.function == Function::sqrt) {
    if (real < 0) fail("the square root of a negative number", node.offset);
    return value(std::sqrt(real));
  }
  if (real <= 0) fail("the logarithm of a number that is not positive", node.offset);
  return value(std::log(real));
}

Scalar ExpressionEvaluator::call_place(const ExpressionNode& node) {
  Scalar& target = place(*node.kids[0]);
  std::string text = read(target, node.offset).text();
  if (text.empty() || (node.function == Function::chomp && text.back() != '\n')) {
    return node.function == Function::chomp ? Scalar(Number()) : Scalar::view("");
  }
  std::string last(1, text.back());
  text.pop_back();
  target = Scalar(std::move(text));
  return node.function == Function::chomp ? Scalar::of(1) : Scalar(std::move(last));
}

Scalar ExpressionEvaluator::call_text(const ExpressionNode& node) {
  const Function function = node.function;
  if (function == Function::join || function == Function::sprintf || function == Function::reverse) {
    Scalars parts;
    for (const NodePtr& kid : node.kids) list(*kid, parts);
    if (function == Function::join)
      return parts.empty() ? Scalar::view("") : joined(parts[0].text(), parts, 1, node.offset);
    if (function == Function::reverse) {
      std::string all = node.kids.empty() ? topic_.text() : joined("", parts, 0, node.offset).text();
      std::reverse(all.begin(), all.end());
      return made(std::move(all), node.offset);
    }
    try {
      if (parts.empty()) return Scalar::view("");
      const std::string format = parts[0].text();
      take(work_of_format(format, parts), node.offset);
      return made(format_printf(format, std::span(parts).subspan(1), most_bytes), node.offset);
    } catch (const std::length_error&) {
      spend(most_bytes + 1, node.offset);
    }
  }
  const Scalar first = scalar(*node.kids[0]);
  std::string buffer, second_buffer;
  const std::string_view text = first.text(buffer);
  const Scalar second = node.kids.size() > 1 ? scalar(*node.kids[1]) : Scalar();
  const auto third = node.kids.size() > 2 ? std::optional(scalar(*node.kids[2]).number().integer()) : std::nullopt;
  if (function == Function::length) return first.is_defined() ? Scalar::of(text.size()) : Scalar();
  if (function == Function::ord) return Scalar::of(text.empty() ? 0 : static_cast<unsigned char>(text[0]));
  if (function == Function::chr) return Scalar(std::string(1, static_cast<char>(first.number().integer())));
  if (function == Function::hex) return Scalar(read_hex(text));
  if (function == Function::oct) return Scalar(read_oct(text));
  if (function == Function::quote) return made(quote_value(text), node.offset);
  if (function == Function::quotemeta) return made(protect(text), node.offset);
  // At worst both are looked through at every place, many bytes at a time.
  if (function == Function::index || function == Function::rindex) take(text.size() * second.size() / 64, node.offset);
  if (function == Function::index) return Scalar(find_index(text, second.text(second_buffer), third));
  if (function == Function::rindex) return Scalar(find_last_index(text, second.text(second_buffer), third));
  if (function == Function::substr) {
    const auto part = find_part(text.size(), second.number().integer(), third);
    return part ? made(std::string(text.substr(part->first, part->second)), node.offset) : Scalar();
  }
  std::string changed(text);
  if (function == Function::uc) std::transform(changed.begin(), changed.end(), changed.begin(), upper);
  if (function == Function::lc) std::transform(changed.begin(), changed.end(), changed.begin(), lower);
  if (function == Function::ucfirst && !changed.empty()) changed[0] = upper(changed[0]);
  if (function == Function::lcfirst && !changed.empty()) changed[0] = lower(changed[0]);
  return made(std::move(changed), node.offset);
}

}  // namespace farm
