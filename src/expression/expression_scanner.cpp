#include "expression/expression_scanner.hpp"

#include <fmt/format.h>

#include "base/text.hpp"

namespace farm {
namespace {

char closing_of(char opening) {
  switch (opening) {
    case '(':
      return ')';
    case '[':
      return ']';
    case '{':
      return '}';
    case '<':
      return '>';
    default:
      return opening;
  }
}

}  // namespace

void ExpressionScanner::skip_blanks() {
  while (at_ < end_) {
    const char c = text_[at_];
    if (c == '#') {
      while (at_ < end_ && text_[at_] != '\n') ++at_;
    } else if (c == ' ' || (c >= '\t' && c <= '\r')) {
      ++at_;
    } else {
      return;
    }
  }
}

bool ExpressionScanner::take(std::string_view token) {
  skip_blanks();
  if (!starts_with(token)) return false;
  at_ += token.size();
  return true;
}

void ExpressionScanner::expect(char c, std::string_view where) {
  skip_blanks();
  if (peek() != c || at_end()) fail(fmt::format("a '{}' is missing here, {}", c, where));
  ++at_;
}

std::string_view ExpressionScanner::peek_word() const {
  if (!is_word_start(peek())) return {};
  std::size_t end = at_;
  while (end < end_ && is_word_char(text_[end])) ++end;
  return text_.substr(at_, end - at_);
}

std::string_view ExpressionScanner::take_word() {
  const std::string_view word = peek_word();
  at_ += word.size();
  return word;
}

TextRange ExpressionScanner::take_until(char opening, char closing) {
  const std::size_t begin = at_;
  int depth = 1;
  for (; at_ < end_; ++at_) {
    const char c = text_[at_];
    if (c == '\\') {
      ++at_;
    } else if (c == closing && --depth == 0) {
      return {begin, at_++};
    } else if (c == opening && opening != closing) {
      ++depth;
    }
  }
  at_ = end_;
  fail(fmt::format("the text that begins with {} here has no end", opening), begin - 1);
}

TextRange ExpressionScanner::take_delimited() {
  const char opening = next();
  return take_until(opening, closing_of(opening));
}

TextRange ExpressionScanner::take_second(char opening) {
  if (closing_of(opening) == opening) return take_until(opening, opening);
  skip_blanks();
  if (at_end()) fail("the second part is missing here");
  return take_delimited();
}

std::string ExpressionScanner::take_flags(std::string_view allowed, std::string_view of) {
  std::string flags;
  while (is_word_char(peek())) {
    const char flag = peek();
    // Words may follow at once: s/a/b/if $x.
    if (allowed.find(flag) == allowed.npos) {
      fail(fmt::format("{} has no flag {} here; there are {}", of, printable(std::string(1, flag)), allowed));
    }
    flags += next();
  }
  return flags;
}

TextRange ExpressionScanner::enter(TextRange range) {
  const TextRange before{at_, end_};
  at_ = range.begin;
  end_ = range.end;
  return before;
}

void ExpressionScanner::leave(TextRange before) {
  at_ = before.begin;
  end_ = before.end;
}

}  // namespace farm
