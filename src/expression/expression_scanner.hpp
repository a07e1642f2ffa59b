/// Characters, words, numbers and delimited texts of an expression, for its parser.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

#include "expression/expression.hpp"

namespace farm {

/// Part of the expression's text, from `begin` up to `end`.
struct TextRange {
  std::size_t begin = 0, end = 0;
};

class ExpressionScanner {
 public:
  explicit ExpressionScanner(std::string_view text) : text_(text), end_(text.size()) {}

  [[noreturn]] void fail(const std::string& message) const { fail(message, at_); }
  [[noreturn]] void fail(const std::string& message, std::size_t offset) const {
    throw ExpressionError(message, offset);
  }

  /// Steps over white space and comments.
  void skip_blanks();
  bool at_end() const { return at_ >= end_; }
  /// NUL at the end.
  char peek(std::size_t ahead = 0) const { return at_ + ahead < end_ ? text_[at_ + ahead] : '\0'; }
  bool starts_with(std::string_view token) const { return text_.substr(at_, end_ - at_).starts_with(token); }
  char next() { return at_ < end_ ? text_[at_++] : '\0'; }
  void advance(std::size_t count) { at_ += count; }
  /// After blanks.
  bool take(std::string_view token);
  void expect(char c, std::string_view where);

  /// The word here, or "". Stays where it is.
  std::string_view peek_word() const;
  std::string_view take_word();

  std::size_t offset() const { return at_; }
  std::string_view text(TextRange range) const { return text_.substr(range.begin, range.end - range.begin); }

  /// What stands between the delimiter here and its partner: brackets nest, a backslash protects.
  TextRange take_delimited();
  /// The second part of s/// and tr///, after the first with this opening delimiter.
  TextRange take_second(char opening);
  /// The letters here.
  std::string take_flags(std::string_view allowed, std::string_view of);

  /// From here on only `range` exists; returns what did before.
  TextRange enter(TextRange range);
  void leave(TextRange before);

 private:
  TextRange take_until(char opening, char closing);

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t end_;
};

inline bool is_word_start(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
inline bool is_digit(char c) { return c >= '0' && c <= '9'; }
inline bool is_word_char(char c) { return is_word_start(c) || is_digit(c); }

}  // namespace farm
