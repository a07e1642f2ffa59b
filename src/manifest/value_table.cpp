#include "manifest/value_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <utility>

#include "base/text.hpp"
#include "base/units.hpp"

namespace farm {
namespace {

/// Cuts a text into records of fields.
class RecordReader {
 public:
  RecordReader(std::string_view text, char separator) : text_(text), separator_(separator) {
    if (text_.starts_with("\xEF\xBB\xBF")) at_ = 3;
  }

  bool at_end() const { return at_ >= text_.size(); }
  std::uint64_t line() const { return record_line_; }

  std::vector<std::string> next() {
    record_line_ = line_;
    std::vector<std::string> fields(1);
    while (!at_end()) {
      const char c = text_[at_];
      if (c == '"' && fields.back().empty()) {
        fields.back() = quoted();
      } else if (c == separator_) {
        ++at_;
        fields.emplace_back();
      } else if (skip_line_end()) {
        break;
      } else {
        fields.back() += c;
        ++at_;
      }
    }
    return fields;
  }

 private:
  bool skip_line_end() {
    const std::string_view rest = text_.substr(at_);
    const std::size_t length = rest.starts_with("\r\n") ? 2 : rest.starts_with('\n') ? 1 : 0;
    at_ += length;
    line_ += length > 0 ? 1 : 0;
    return length > 0;
  }

  std::string quoted() {
    std::string value;
    for (++at_; !at_end(); ++at_) {
      if (text_[at_] == '\n') ++line_;
      if (text_[at_] == '"') {
        ++at_;
        if (at_end() || text_[at_] != '"') return value;
      }
      value += text_[at_];
    }
    throw TableError(fmt::format("a quote of line {} is never closed", format_count(record_line_)));
  }

  std::string_view text_;
  char separator_;
  std::size_t at_ = 0;
  std::uint64_t line_ = 1;
  std::uint64_t record_line_ = 1;
};

void check_heading(const std::vector<std::string>& heading) {
  for (auto name = heading.begin(); name != heading.end(); ++name) {
    if (name->empty()) throw TableError(fmt::format("column {} has no name", name - heading.begin() + 1));
    if (std::find(heading.begin(), name, *name) != name) {
      throw TableError(fmt::format("two columns are called '{}'", printable(*name)));
    }
  }
}

}  // namespace

ValueTable parse_value_table(std::string bytes, char separator) {
  if (bytes.find('\0') != std::string::npos) throw TableError("there is a NUL byte, which no command can contain");
  ValueTable table;
  RecordReader reader(bytes, separator);
  while (!reader.at_end()) {
    std::vector<std::string> fields = reader.next();
    if (fields.size() == 1 && fields.front().empty()) continue;
    if (table.heading.empty()) {
      table.heading = std::move(fields);
      check_heading(table.heading);
      table.columns.resize(table.heading.size());
      continue;
    }
    if (fields.size() != table.heading.size()) {
      throw TableError(fmt::format("line {} has {} fields, the heading has {}", format_count(reader.line()),
                                   fields.size(), table.heading.size()));
    }
    for (std::size_t i = 0; i < fields.size(); ++i) table.columns[i].push_back(std::move(fields[i]));
  }
  if (table.heading.empty()) throw TableError("there is no heading");
  if (table.columns.front().empty()) throw TableError("there are no rows below the heading");
  table.bytes = std::move(bytes);
  return table;
}

ValueTable read_value_table(const std::string& path) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (!file.is_open() || file.bad() || (bytes.empty() && errno != 0)) {
    throw TableError(fmt::format("cannot read {}: {}", printable(path), std::strerror(errno)));
  }
  try {
    return parse_value_table(std::move(bytes), path.ends_with(".tsv") ? '\t' : ',');
  } catch (const TableError& error) {
    throw TableError(fmt::format("{}: {}", printable(path), error.what()));
  }
}

}  // namespace farm
