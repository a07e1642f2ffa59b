#include "manifest/directive.hpp"

#include <fmt/format.h>

#include "base/text.hpp"

namespace farm {
namespace {

constexpr std::string_view marker = "#FARM";

std::size_t skip_blanks(std::string_view line, std::size_t at) {
  while (at < line.size() && is_blank(line[at])) ++at;
  return at;
}

std::size_t end_of_word(std::string_view line, std::size_t at) {
  while (at < line.size() && !is_blank(line[at])) ++at;
  return at;
}

// The value that begins at `at`, which is moved behind it.
std::string parse_value(std::string_view line, std::size_t& at, const Complain& complain) {
  std::string value;
  while (at < line.size() && !is_blank(line[at])) {
    const char c = line[at];
    if (c != '\'' && c != '"') {
      value += c;
      ++at;
      continue;
    }
    const std::size_t closing = line.find(c, at + 1);
    if (closing == std::string_view::npos) {
      complain(at, "this quote is never closed");
      at = line.size();
      break;
    }
    value += line.substr(at + 1, closing - at - 1);
    at = closing + 1;
  }
  return value;
}

}  // namespace

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f'; }

bool is_directive(std::string_view line) {
  const std::size_t begin = skip_blanks(line, 0);
  return line.substr(begin, end_of_word(line, begin) - begin) == marker;
}

Directive parse_directive(std::string_view line, const Complain& complain) {
  Directive directive;
  std::size_t at = skip_blanks(line, skip_blanks(line, 0) + marker.size());
  directive.word_at = at;
  directive.word = line.substr(at, end_of_word(line, at) - at);
  at = skip_blanks(line, at + directive.word.size());
  while (at < line.size()) {
    const std::string_view word = line.substr(at, end_of_word(line, at) - at);
    const std::size_t equals = word.find('=');
    if (equals == 0 || equals == std::string_view::npos) {
      complain(at, fmt::format("expected key=value, found '{}'", printable(word)));
      at += word.size();
    } else {
      Setting setting{std::string(word.substr(0, equals)), "", at, at + equals + 1};
      at = setting.value_at;
      setting.value = parse_value(line, at, complain);
      directive.settings.push_back(std::move(setting));
    }
    at = skip_blanks(line, at);
  }
  return directive;
}

}  // namespace farm
