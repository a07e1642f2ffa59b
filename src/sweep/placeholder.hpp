/// The replacement strings of a template: which ones there are under which names, and recognising them in text. Knows
/// nothing of jobs and their values.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "expression/expression.hpp"
#include "farm/sweep.hpp"
#include "sweep/dynamic_tag.hpp"
#include "sweep/path_part.hpp"

namespace farm {

/// One replacement string, understood.
struct Placeholder {
  enum class What {
    value,     ///< `part` of a value
    computed,  ///< `expression` of a value
    sequence,  ///< number of the task, from 1
    slot,      ///< known when the task starts
    total,     ///< number of tasks
  };
  What what = What::value;
  PathPart part = PathPart::whole;
  int position = 0;     ///< n-th value from 1, -n: from the end, 0: all of them
  bool padded = false;  ///< with zeros to the width of the greatest
  enum class Wants : std::uint8_t { any, rising, different };
  Wants wants = Wants::any;  ///< a task whose values are not so is skipped
  std::shared_ptr<const Expression> expression;
};

class Placeholders {
 public:
  /// `columns` are the names of the values, in order. Throws Error (usage) for an expression in `names` that is wrong.
  Placeholders(const ReplacementNames& names, std::vector<std::string> columns);

  struct Found {
    Placeholder placeholder;
    std::size_t length = 0;  ///< of the replacement string
  };

  /// The replacement string that begins at `at`, if one does. Throws Error (usage), with the text and a caret, when it
  /// is an expression that is wrong.
  std::optional<Found> find(std::string_view text, std::size_t at) const;

  const std::vector<std::string>& columns() const { return columns_; }

 private:
  struct Tag {
    std::string text;
    Placeholder meaning;
  };

  void add(std::string text, Placeholder meaning);
  void define(const std::string& name, const std::string& expression);
  std::optional<Found> find_tag(std::string_view text) const;
  std::optional<Found> find_dynamic(std::string_view text) const;
  std::optional<Found> find_chosen(std::string_view text) const;
  std::optional<Found> find_shell_form(std::string_view text) const;
  std::optional<Found> find_expression(std::string_view text, std::size_t at) const;
  std::optional<int> position_of(std::string_view text) const;

  std::string expression_begin_;
  std::string expression_end_;
  std::vector<std::string> columns_;
  std::vector<Tag> tags_;  // the longest first
  std::vector<DynamicTag> dynamic_tags_;
  bool has_shell_forms_;
};

}  // namespace farm
