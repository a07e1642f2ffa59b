/// The words of a `#FARM` line: `#FARM task name=a env.X='two words'`. Knows no directive and no key.
#pragma once
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace farm {

/// `key=value`, and where in the line both begin (from 0).
struct Setting {
  std::string key;
  std::string value;
  std::size_t key_at = 0;
  std::size_t value_at = 0;
};

struct Directive {
  std::string_view word;  ///< what follows `#FARM`; empty when nothing does. A part of the line
  std::size_t word_at = 0;
  std::vector<Setting> settings;  ///< those that are well formed
};

/// Told where in the line (from 0) something is wrong, and what.
using Complain = std::function<void(std::size_t at, const std::string& message)>;

/// Space, tab and the like; a newline cannot be part of a line.
bool is_blank(char c);

/// True when `line` is a directive, not a comment: its first word is exactly `#FARM`.
bool is_directive(std::string_view line);

/// `line` must be a directive. A value reaches to the next blank; between '...' or "..." blanks and the other kind of
/// quote are part of it. There is no escape character.
Directive parse_directive(std::string_view line, const Complain& complain);

}  // namespace farm
