/// A file of values in columns with a heading: CSV as in RFC 4180, or the same with tabs (.tsv). Knows nothing of
/// parameters.
#pragma once
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace farm {

class TableError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct ValueTable {
  std::vector<std::string> heading;
  std::vector<std::vector<std::string>> columns;  ///< one for each word of the heading, all equally long
  std::string bytes;                              ///< of the file
};

/// Empty lines are skipped. Throws TableError for rows of another length than the heading, a quote that is never
/// closed, a NUL, a column without a name or with one that is taken.
ValueTable parse_value_table(std::string bytes, char separator);

/// The separator is a tab when the name ends in .tsv, else a comma. Throws TableError, with the file's name.
ValueTable read_value_table(const std::string& path);

}  // namespace farm
