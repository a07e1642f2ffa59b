/// Byte strings made fit for where they go: a shell, a terminal, a JSON document.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace farm {

/// One shell word that expands to exactly `text`; left bare when it has only characters no shell treats specially.
std::string shell_quote(std::string_view text);

/// `text` for a terminal or a message: control characters (so also escape sequences) become \n, \t, \xHH; bytes that
/// are not UTF-8 become \xHH. What is longer than `limit` bytes is cut and ends in "...".
std::string printable(std::string_view text, std::size_t limit = 200);

/// The same for a message of several lines: newlines stay, and nothing is cut.
std::string printable_lines(std::string_view text);

bool is_utf8(std::string_view text);

/// Appends `text` as the inside of a JSON string (without the quotes). Bytes that are not UTF-8 become U+FFFD.
void append_json_escaped(std::string& out, std::string_view text);

/// The candidate nearest to `word` by edit distance when it is near enough to be a slip of the finger, else "".
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace farm
