#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <iterator>

namespace farm {
namespace {

unsigned char byte(std::string_view text, std::size_t at) { return static_cast<unsigned char>(text[at]); }

bool is_plain_in_shell(char c) {
  constexpr std::string_view others = "-_.+/";
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         others.find(c) != std::string_view::npos;
}

bool is_continuation(std::string_view text, std::size_t at) {
  return at < text.size() && (byte(text, at) & 0xC0) == 0x80;
}

// How many bytes the character at the start of `text` takes; 0 when it is not UTF-8. The bounds on the second byte keep
// out overlong forms, surrogates and what lies beyond U+10FFFF (Unicode, table 3-7).
std::size_t utf8_length(std::string_view text) {
  const unsigned char lead = byte(text, 0);
  if (lead < 0x80) return 1;
  if (lead < 0xC2 || lead > 0xF4 || !is_continuation(text, 1)) return 0;
  if (lead < 0xE0) return 2;
  const unsigned char second = byte(text, 1);
  if ((lead == 0xE0 && second < 0xA0) || (lead == 0xED && second > 0x9F)) return 0;
  if (!is_continuation(text, 2)) return 0;
  if (lead < 0xF0) return 3;
  if ((lead == 0xF0 && second < 0x90) || (lead == 0xF4 && second > 0x8F)) return 0;
  return is_continuation(text, 3) ? 4 : 0;
}

// The C1 controls (U+0080 to U+009F) count: U+009B starts an escape sequence on some terminals.
bool is_control(std::string_view character) {
  const unsigned char lead = byte(character, 0);
  return lead < 0x20 || lead == 0x7F || (lead == 0xC2 && byte(character, 1) < 0xA0);
}

void append_visible(std::string& out, std::string_view character, bool is_valid) {
  if (is_valid && !is_control(character)) {
    out += character;
  } else if (character == "\n") {
    out += "\\n";
  } else if (character == "\t") {
    out += "\\t";
  } else {
    for (const char c : character) fmt::format_to(std::back_inserter(out), "\\x{:02x}", static_cast<unsigned char>(c));
  }
}

bool is_plain_in_json(char c) { return c >= 0x20 && c < 0x7F && c != '"' && c != '\\'; }

void append_json_character(std::string& out, char c) {
  switch (c) {
    case '"':
      out += "\\\"";
      break;
    case '\\':
      out += "\\\\";
      break;
    case '\n':
      out += "\\n";
      break;
    case '\r':
      out += "\\r";
      break;
    case '\t':
      out += "\\t";
      break;
    default:
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned char>(c));
  }
}

// Insertions, deletions, substitutions and swaps of neighbours, each counted as one.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before_last(b.size() + 1);
  std::vector<std::size_t> last(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    before_last.swap(last);
    last.swap(row);
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t substituted = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, substituted});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
  }
  return row[b.size()];
}

}  // namespace

std::string shell_quote(std::string_view text) {
  if (text.empty()) return "''";
  if (std::all_of(text.begin(), text.end(), is_plain_in_shell)) return std::string(text);
  std::string quoted;
  bool is_open = false;
  const auto toggle = [&] {
    quoted += '\'';
    is_open = !is_open;
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_quote = text[i] == '\'';
    // Two quotes in a row are kept apart by an empty pair, as GNU parallel writes them.
    if (is_quote && i > 0 && !is_open) quoted += "''";
    if (is_quote == is_open) toggle();
    if (is_quote) {
      quoted += "\"'\"";
    } else {
      quoted += text[i];
    }
  }
  if (is_open) toggle();
  return quoted;
}

std::string printable(std::string_view text, std::size_t limit) {
  constexpr std::string_view cut_mark = "...";
  std::string shown;
  std::size_t keep = 0;  // where to cut when the rest turns out not to fit
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    append_visible(shown, text.substr(0, std::max<std::size_t>(length, 1)), length > 0);
    text.remove_prefix(std::max<std::size_t>(length, 1));
    if (shown.size() > limit) {
      shown.resize(keep);
      return shown.append(cut_mark);
    }
    if (shown.size() + cut_mark.size() <= limit) keep = shown.size();
  }
  return shown;
}

std::string printable_lines(std::string_view text) {
  std::string shown;
  while (true) {
    const std::size_t end = text.find('\n');
    shown += printable(text.substr(0, end), text.npos);
    if (end == text.npos) return shown;
    shown += '\n';
    text.remove_prefix(end + 1);
  }
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

void append_json_escaped(std::string& out, std::string_view text) {
  constexpr std::string_view replacement = "\xEF\xBF\xBD";
  while (!text.empty()) {
    const auto plain = std::find_if_not(text.begin(), text.end(), is_plain_in_json) - text.begin();
    out.append(text.substr(0, static_cast<std::size_t>(plain)));
    text.remove_prefix(static_cast<std::size_t>(plain));
    if (text.empty()) return;
    const std::size_t length = utf8_length(text);
    if (length == 0) {
      out += replacement;
    } else if (length == 1) {
      append_json_character(out, text.front());
    } else {
      out.append(text.substr(0, length));
    }
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
}

std::string nearest(std::string_view word, const std::vector<std::string>& candidates) {
  std::string best;
  std::size_t best_distance = 0;
  for (const std::string& candidate : candidates) {
    // One slip in three characters: "tga" still means "tag", but "x" does not mean "j".
    const std::size_t near_enough = (std::max(word.size(), candidate.size()) + 1) / 3;
    const std::size_t distance = edit_distance(word, candidate);
    if (distance > near_enough || (!best.empty() && distance >= best_distance)) continue;
    best = candidate;
    best_distance = distance;
  }
  return best;
}

}  // namespace farm
