#include "store/result_table.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/text.hpp"
#include "farm/error.hpp"
#include "store/file_ops.hpp"

namespace farm {
namespace {

char separator(TableForm form) { return form == TableForm::tsv ? '\t' : ','; }

bool is_special(TableForm form, std::string_view text) {
  constexpr std::string_view always("\" \t\n\r\f\v\0", 8);
  return text.find_first_of(always) != std::string_view::npos || text.find(separator(form)) != std::string_view::npos;
}

void append_doubling_quotes(std::string& to, std::string_view text) {
  for (const char c : text) to.append(c == '"' ? 2 : 1, c);
}

// No number that anybody prints is longer.
constexpr std::size_t longest_number = 64;

bool is_number(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  if (text.find('(') != text.npos) return false;  // nan(text) is one for C++
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error != std::errc::invalid_argument && end == text.data() + text.size();
}

bool is_numbers(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n";
  while (true) {
    text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
    if (text.empty()) return true;
    const std::string_view number = text.substr(0, text.find_first_of(blanks));
    if (!is_number(number)) return false;
    text.remove_prefix(number.size());
  }
}

// Programs for spreadsheets compute a cell that begins like this, whatever quotes are around it.
bool begins_like_formula(std::string_view text) {
  return !text.empty() && std::string_view("=+-@\t\r").find(text.front()) != std::string_view::npos;
}

bool is_formula(std::string_view text) {
  return begins_like_formula(text) && (text.size() > longest_number || !is_numbers(text));
}

std::string field(TableForm form, std::string_view text) {
  const std::string cell = (is_formula(text) ? "'" : "") + std::string(text);
  if (!is_special(form, cell)) return cell;
  std::string quoted = "\"";
  append_doubling_quotes(quoted, cell);
  return quoted += '"';
}

std::string json_string(std::string_view text) {
  std::string quoted = "\"";
  append_json_escaped(quoted, text);
  return quoted += '"';
}

std::string json_head(const JobEntry& entry, const std::vector<std::string>& values) {
  std::string list;
  for (const std::string& value : values) list += (list.empty() ? "" : ", ") + json_string(value);
  return fmt::format(
      R"({{ "Seq": {}, "Host": {}, "Starttime": {:.3f}, "JobRuntime": {:.3f}, "Send": 0, "Receive": {}, )"
      R"("Exitval": {}, "Signal": {}, "Command": {}, "V": [ {} ], "Stdout": ")",
      entry.seq, json_string(entry.host), seconds(entry.started), seconds(entry.runtime), entry.received_bytes,
      entry.exit_value, entry.signal, json_string(entry.command), list);
}

// How many bytes at the end begin a UTF-8 character without ending it.
std::size_t unfinished_bytes(std::string_view text) {
  for (std::size_t length = 1; length <= std::min<std::size_t>(3, text.size()); ++length) {
    const auto byte = static_cast<unsigned char>(text[text.size() - length]);
    if (byte < 0x80) return 0;
    if (byte < 0xC0) continue;
    const std::size_t whole = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : 2;
    return length < whole ? length : 0;
  }
  return 0;
}

}  // namespace

std::optional<TableForm> table_form(std::string_view file) {
  if (file.ends_with(".csv")) return TableForm::csv;
  if (file.ends_with(".tsv")) return TableForm::tsv;
  if (file.ends_with(".json")) return TableForm::json;
  return std::nullopt;
}

UniqueFd open_table(const std::string& file) {
  if (file.starts_with("-.")) return {};
  UniqueFd fd(::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC | O_NOCTTY, 0666));
  if (!fd) fail_usage(fmt::format("--results {}: it cannot be written: {}", printable(file), error_text(errno)));
  return fd;
}

std::string table_heading(TableForm form, const std::vector<std::string>& value_names, std::size_t values) {
  if (form == TableForm::json) return {};
  const char comma = separator(form);
  std::string heading;
  for (const char* name :
       {"Seq", "Host", "Starttime", "JobRuntime", "Send", "Receive", "Exitval", "Signal", "Command"}) {
    heading.append(name).push_back(comma);
  }
  for (std::size_t i = 0; i < values; ++i) {
    heading.append(i < value_names.size() ? field(form, value_names[i]) : fmt::format("V{}", i + 1)).push_back(comma);
  }
  return heading.append("Stdout").append(1, comma).append("Stderr\n");
}

TableRow::TableRow(TableForm form, JobEntry entry, std::vector<std::string> values, Open open)
    : form_(form), entry_(std::move(entry)), values_(std::move(values)), open_(std::move(open)) {}

std::string TableRow::head() const {
  if (form_ == TableForm::json) return json_head(entry_, values_);
  const char comma = separator(form_);
  std::string text =
      fmt::format("{}{}{}{}{:.3f}{}{:.3f}{}0{}{}{}{}{}{}{}{}{}", entry_.seq, comma, field(form_, entry_.host), comma,
                  seconds(entry_.started), comma, seconds(entry_.runtime), comma, comma, entry_.received_bytes, comma,
                  entry_.exit_value, comma, entry_.signal, comma, field(form_, entry_.command), comma);
  for (const std::string& value : values_) text.append(field(form_, value)).push_back(comma);
  return text;
}

TableRow::Cell TableRow::look_at(Stream stream) const {
  Cell cell;
  std::string begin;  // as much as tells a formula from a number
  OutputReader reader = open_(stream);
  std::string piece;
  while ((!cell.is_quoted || begin.size() <= longest_number) && reader.next(piece)) {
    cell.is_quoted = cell.is_quoted || is_special(form_, piece);
    begin += piece.substr(0, longest_number + 1 - std::min(begin.size(), longest_number + 1));
  }
  cell.is_formula = is_formula(begin);
  return cell;
}

std::string TableRow::begin_stream(Stream stream) {
  const Cell cell = form_ == TableForm::json ? Cell{} : look_at(stream);
  quoted_ = cell.is_quoted;
  reader_.emplace(open_(stream));
  return std::string(cell.is_quoted ? "\"" : "") + (cell.is_formula ? "'" : "");
}

std::string TableRow::inside(std::string_view bytes) {
  std::string text;
  if (form_ != TableForm::json) {
    if (!quoted_) return std::string(bytes);
    append_doubling_quotes(text, bytes);
    return text;
  }
  const std::string all = std::exchange(unfinished_, {}).append(bytes);
  const std::size_t whole = all.size() - unfinished_bytes(all);
  unfinished_ = all.substr(whole);
  append_json_escaped(text, std::string_view(all).substr(0, whole));
  return text;
}

bool TableRow::next(std::string& piece) {
  const auto end_stream = [this] {
    std::string rest;
    append_json_escaped(rest, std::exchange(unfinished_, {}));
    return quoted_ ? "\"" : rest;
  };
  std::string bytes;
  switch (step_) {
    case Step::head:
      piece = head();
      piece += begin_stream(Stream::out);
      step_ = Step::out;
      return true;
    case Step::out:
      if (reader_->next(bytes)) {
        piece = inside(bytes);
        return true;
      }
      step_ = Step::between;
      [[fallthrough]];
    case Step::between:
      piece = end_stream();
      piece += form_ == TableForm::json ? R"(", "Stderr": ")" : std::string(1, separator(form_));
      piece += begin_stream(Stream::err);
      step_ = Step::err;
      return true;
    case Step::err:
      if (reader_->next(bytes)) {
        piece = inside(bytes);
        return true;
      }
      step_ = Step::end;
      [[fallthrough]];
    case Step::end:
      piece = end_stream() + (form_ == TableForm::json ? "\" }\n" : "\n");
      step_ = Step::done;
      return true;
    case Step::done:
      return false;
  }
  return false;
}

std::string TableRow::end() {
  const bool is_json = form_ == TableForm::json;
  std::string text;
  if (step_ == Step::out || step_ == Step::between) {
    text = quoted_ ? "\"" : "";
    text += is_json ? R"(", "Stderr": ")" : std::string(1, separator(form_));
    quoted_ = false;
  }
  if (step_ != Step::head && step_ != Step::done)
    text += (quoted_ ? "\"" : "") + std::string(is_json ? "\" }\n" : "\n");
  step_ = Step::done;
  return text;
}

}  // namespace farm
