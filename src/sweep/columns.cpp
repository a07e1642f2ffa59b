#include "sweep/columns.hpp"

#include <fmt/format.h>

#include "base/text.hpp"
#include "farm/error.hpp"

namespace farm {
namespace {

constexpr std::string_view blanks = " \t\r\n\f\v";

std::optional<Regex> compile(const Sweep& rules) {
  if (rules.csv || !rules.column_separator) return std::nullopt;
  try {
    return std::make_optional<Regex>(*rules.column_separator);
  } catch (const RegexError& error) {
    fail_usage(
        fmt::format("--colsep {}: {} at character {}: it is a regular expression, so write \\{} for the "
                    "character itself",
                    shell_quote(printable(*rules.column_separator)), error.what(), error.offset() + 1,
                    printable(rules.column_separator->substr(0, 1))));
  }
}

}  // namespace

ColumnSplitter::ColumnSplitter(const Sweep& rules)
    : csv_(rules.csv), trim_(rules.trim), literal_(rules.column_separator.value_or(",")), matches_(compile(rules)) {}

void ColumnSplitter::split(std::string_view record, Row& row) const {
  row.clear();
  if (csv_) {
    split_csv(record, row);
  } else if (matches_) {
    split_at_matches(record, row);
  } else {
    row.emplace_back(trimmed(record));
  }
}

Row ColumnSplitter::names(std::string_view record) const {
  if (record.ends_with('\r')) record.remove_suffix(1);
  Row names;
  split(record, names);
  return names;
}

void ColumnSplitter::split_at_matches(std::string_view record, Row& row) const {
  for (const std::string_view column : matches_->split(record)) row.emplace_back(trimmed(column));
  if (row.empty()) row.emplace_back();
}

// A column in quotes has them taken away and a doubled one in it halved; what follows the closing one belongs to it.
void ColumnSplitter::split_csv(std::string_view record, Row& row) const {
  std::string column;
  bool quoted = false;
  for (std::size_t at = 0; at < record.size();) {
    const char c = record[at];
    if (c == '"') {
      const bool doubled = quoted && record.substr(at + 1).starts_with('"');
      if (doubled) column += '"';
      if (!doubled) quoted = !quoted;
      at += doubled ? 2 : 1;
    } else if (!quoted && record.substr(at).starts_with(literal_)) {
      row.emplace_back(trimmed(column));
      column.clear();
      at += literal_.size();
    } else {
      column += c;
      ++at;
    }
  }
  row.emplace_back(trimmed(column));
}

std::string_view ColumnSplitter::trimmed(std::string_view text) const {
  if (trim_ == Trim::left || trim_ == Trim::both) {
    text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
  }
  if (trim_ == Trim::right || trim_ == Trim::both) text = text.substr(0, text.find_last_not_of(blanks) + 1);
  return text;
}

}  // namespace farm
