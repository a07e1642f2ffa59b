#include "sweep/pattern.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <utility>

#include "base/quote.hpp"
#include "base/text.hpp"

namespace farm {
namespace {

constexpr std::string_view integer_types = "dxXobB";
constexpr std::string_view real_types = "eEfFgGaA";
constexpr std::array<std::pair<std::string_view, PathPart>, 4> endings{{{"//", PathPart::directory},
                                                                        {"/.", PathPart::base_no_extension},
                                                                        {"/", PathPart::base},
                                                                        {".", PathPart::no_extension}}};

template <class Number>
std::optional<Number> parse(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// "3.0" is a whole number, too.
std::optional<std::int64_t> as_integer(std::string_view text) {
  if (const auto integer = parse<std::int64_t>(text)) return integer;
  const auto real = parse<double>(text);
  if (!real || std::trunc(*real) != *real || std::fabs(*real) > 0x1p53) return std::nullopt;
  return static_cast<std::int64_t>(*real);
}

char type_of(std::string_view format) {
  const char last = format.empty() ? '\0' : format.back();
  return (last >= 'a' && last <= 'z') || (last >= 'A' && last <= 'Z') ? last : '\0';
}

// nullopt when `value` does not fit.
std::optional<std::string> formatted(std::string_view format, std::string_view value) {
  const std::string whole = fmt::format("{{:{}}}", format);
  const char type = type_of(format);
  const bool wants_integer = integer_types.find(type) != std::string_view::npos;
  const bool wants_real = real_types.find(type) != std::string_view::npos;
  try {
    if (wants_integer) {
      const auto integer = as_integer(value);
      return integer ? std::optional(fmt::format(fmt::runtime(whole), *integer)) : std::nullopt;
    }
    const auto real = parse<double>(value);
    if (wants_real) return real ? std::optional(fmt::format(fmt::runtime(whole), *real)) : std::nullopt;
    if (type == 's') return fmt::format(fmt::runtime(whole), value);
    if (const auto integer = parse<std::int64_t>(value)) return fmt::format(fmt::runtime(whole), *integer);
    if (real) return fmt::format(fmt::runtime(whole), *real);
    return fmt::format(fmt::runtime(whole), value);
  } catch (const fmt::format_error&) {
    return std::nullopt;
  }
}

// Of a format that suits some value. Long rows of digits would be memory, not precision.
bool is_format(std::string_view format) {
  std::size_t digits = 0;
  for (const char c : format) {
    digits = c >= '0' && c <= '9' ? digits + 1 : 0;
    if (digits > 3 || c == '{' || c == '\0') return false;
  }
  const char type = type_of(format);
  const bool is_known = type == '\0' || type == 's' || integer_types.find(type) != std::string_view::npos ||
                        real_types.find(type) != std::string_view::npos;
  return is_known && (formatted(format, "1") || formatted(format, "1.5") || formatted(format, "a"));
}

std::string unknown(std::string_view name, const std::vector<std::string>& names) {
  std::string text = fmt::format("unknown placeholder '{{{}}}'", printable(name));
  const std::string meant = nearest(name, names);
  if (!meant.empty()) return text + fmt::format("; did you mean '{{{}}}'?", meant);
  text += "; there are ";
  for (const std::string& known : names) text += fmt::format("{{{}}}, ", known);
  return text + "{#}, and {{ for a brace";
}

}  // namespace

Pattern::Pattern(std::string_view text, const std::vector<std::string>& names, Insert insert) : insert_(insert) {
  pieces_.emplace_back();
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    const bool is_doubled = at + 1 < text.size() && text[at + 1] == c;
    if (c != '{' && c != '}') {
      pieces_.back().text += c;
    } else if (is_doubled) {
      pieces_.back().text += c;
      ++at;
    } else if (c == '}') {
      throw PatternError("this '}' closes nothing; a brace is written '}}'", at);
    } else {
      const std::size_t closing = text.find('}', at);
      if (closing == std::string_view::npos) {
        throw PatternError("this '{' is never closed; a brace is written '{{'", at);
      }
      add_placeholder(text.substr(at + 1, closing - at - 1), at, names);
      at = closing;
    }
  }
}

void Pattern::add_placeholder(std::string_view content, std::size_t at, const std::vector<std::string>& names) {
  Piece& piece = pieces_.back();
  piece.has_value = true;
  piece.at = at;
  std::string_view name = content.substr(0, content.find(':'));
  if (name.size() < content.size()) {
    piece.format = content.substr(name.size() + 1);
    if (!is_format(piece.format)) {
      throw PatternError(
          fmt::format("'{}' is not a format; write for example 06.2f, 03d or >8", printable(piece.format)),
          at + 2 + name.size());
    }
  }
  for (const auto& [ending, part] : endings) {
    if (!name.ends_with(ending)) continue;
    piece.part = part;
    name.remove_suffix(ending.size());
    break;
  }
  const auto found = std::find(names.begin(), names.end(), name);
  piece.parameter = static_cast<std::size_t>(found - names.begin());
  if (found == names.end() && name != "#") throw PatternError(unknown(name, names), at);
  pieces_.emplace_back();
}

std::string Pattern::fill(const std::vector<std::string>& values, std::uint64_t number) const {
  std::string out;
  std::string formatted_value;
  const std::string number_text = std::to_string(number);
  for (const Piece& piece : pieces_) {
    out += piece.text;
    if (!piece.has_value) continue;
    std::string_view value =
        path_part(piece.part, piece.parameter < values.size() ? values[piece.parameter] : number_text);
    if (!piece.format.empty()) {
      const auto result = formatted(piece.format, value);
      if (!result) {
        throw PatternError(fmt::format("'{}' does not fit the format '{}'", printable(value), piece.format), piece.at);
      }
      formatted_value = *result;
      value = formatted_value;
    }
    if (insert_ == Insert::quoted) {
      append_quoted(out, value);
    } else {
      out += value;
    }
  }
  return out;
}

}  // namespace farm
