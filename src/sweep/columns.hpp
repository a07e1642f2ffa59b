/// Cuts a record into its columns and trims them: by a regular expression, as RFC 4180 has it, or not at all.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "expression/regex.hpp"
#include "farm/sweep.hpp"

namespace farm {

/// The columns of one record.
using Row = std::vector<std::string>;

class ColumnSplitter {
 public:
  /// Takes column_separator, csv, header and trim of `rules`. Throws Error (usage) for a separator that is no regular
  /// expression.
  explicit ColumnSplitter(const Sweep& rules);

  /// Always at least one column; empty ones at the end count.
  void split(std::string_view record, Row& row) const;

  /// The names in a record that is a heading.
  Row names(std::string_view record) const;

 private:
  void split_csv(std::string_view record, Row& row) const;
  void split_at_matches(std::string_view record, Row& row) const;
  std::string_view trimmed(std::string_view text) const;

  bool csv_;
  Trim trim_;
  std::string literal_;  // separator of csv
  std::optional<Regex> matches_;
};

}  // namespace farm
