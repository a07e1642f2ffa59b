/// A replacement string of the user's own with parts that differ from place to place: `--rpl '{:(\d+)} $_=substr($_,0,
/// $$1)'` defines {:1}, {:2} and so on. Its expression knows what was in the parentheses as $$1, $$2, ...
#pragma once
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "expression/expression.hpp"
#include "expression/regex.hpp"

namespace farm {

class DynamicTag {
 public:
  struct Found {
    std::shared_ptr<const Expression> expression;
    int position = 0;        ///< of the value it is about; 0: all of them
    std::size_t length = 0;  ///< of the replacement string
  };

  /// Whether there are parentheses in the name: each pair holds a regular expression, what is outside stands for
  /// itself.
  static bool is_one(std::string_view name);

  /// Throws RegexError, or ExpressionError with the offset into `expression`.
  DynamicTag(std::string_view name, std::string expression);

  /// Whether `text` begins with it; in braces a number may come first, as in {2:3}. Throws ExpressionError when what is
  /// in the parentheses makes the expression wrong.
  std::optional<Found> find(std::string_view text) const;

 private:
  std::optional<Found> found(const RegexMatch& match, std::size_t first_group) const;

  std::string expression_;
  std::shared_ptr<const Regex> plain_;
  std::shared_ptr<const Regex> numbered_;  // null without braces
};

}  // namespace farm
