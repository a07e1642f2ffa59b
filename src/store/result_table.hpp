/// Rows of a table of results (`--results` FILE.csv, FILE.tsv, FILE.json): what the job log says of a task, the values
/// it was made from, and what it printed. Text only; where it goes is the caller's business.
///
/// In CSV and TSV an apostrophe comes before what a program for spreadsheets would take for a formula: text that begins
/// with `=`, `+`, `-`, `@`, a tab or a carriage return and is no number. JSON has everything as it is.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/unique_fd.hpp"
#include "store/joblog.hpp"
#include "store/output_reader.hpp"

namespace farm {

enum class TableForm { csv, tsv, json };

/// By the end of the name; nullopt when it names no table.
std::optional<TableForm> table_form(std::string_view file);

/// Empties or makes the file; no descriptor for a table on standard output ("-.csv"). Throws Error (usage) when it
/// cannot be written.
UniqueFd open_table(const std::string& file);

/// Empty for JSON. Values beyond `value_names` are headed V1, V2, ... by their place.
std::string table_heading(TableForm form, const std::vector<std::string>& value_names, std::size_t values);

/// One row, given out piece by piece: a task may have printed more than there is memory.
class TableRow {
 public:
  using Open = std::function<OutputReader(Stream)>;

  TableRow(TableForm form, JobEntry entry, std::vector<std::string> values, Open open);

  /// The next piece, or false at the end. Throws Error (fatal) when output cannot be read back; the row is then to be
  /// given up with end().
  bool next(std::string& piece);

  /// What makes the row whole when its output is cut short.
  std::string end();

 private:
  enum class Step { head, out, between, err, end, done };

  struct Cell {
    bool is_quoted = false;
    bool is_formula = false;
  };

  std::string head() const;
  std::string begin_stream(Stream stream);
  Cell look_at(Stream stream) const;
  std::string inside(std::string_view bytes);

  TableForm form_;
  JobEntry entry_;
  std::vector<std::string> values_;
  Open open_;
  Step step_ = Step::head;
  std::optional<OutputReader> reader_;
  bool quoted_ = false;
  std::string unfinished_;  // the beginning of a character that the next piece may complete
};

}  // namespace farm
