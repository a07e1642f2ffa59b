#include "sweep/record_pattern.hpp"

#include <fmt/format.h>

#include "base/text.hpp"
#include "farm/error.hpp"
#include "sweep/record_border.hpp"

namespace farm {
namespace {

// `^` is the beginning of any line, and a dot any byte, as in GNU parallel.
constexpr RegexOptions options_of_all{.multi_line = true, .dot_all = true};

// How far behind a border an expression may look ahead before it says that there is one.
constexpr std::size_t longest_look_ahead = 256;

std::string literally(std::string_view text) {
  std::string pattern;
  for (const char c : text) pattern += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
  return pattern;
}

// A group that gives nothing to the groups around it.
std::string enclosed(std::string_view pattern) { return fmt::format("(?:{})", pattern); }

std::string checked(std::string_view option, const std::string& pattern) {
  try {
    const Regex trial(enclosed(pattern), options_of_all);
    return pattern;
  } catch (const RegexError& error) {
    fail_usage(
        fmt::format("{} {}: not a regular expression: {}", option, shell_quote(printable(pattern)), error.what()));
  }
}

struct Separator {
  std::string end;
  std::string start;
};

Separator separator_of(const PipeOptions& options) {
  if (!options.regexp || options.lines > 0) {
    const RecordBorder border(options);
    return {literally(border.mark().substr(0, border.before())), literally(border.mark().substr(border.before()))};
  }
  return {checked("--recend", options.recend.value_or(options.recstart ? "" : "\\n")),
          checked("--recstart", options.recstart.value_or(""))};
}

Regex border_pattern(const Separator& separator) {
  return Regex(enclosed(separator.end) + "(?=" + enclosed(separator.start) + ")", options_of_all);
}

Regex separator_pattern(const Separator& separator) {
  const std::string end = enclosed(separator.end);
  const std::string start = enclosed(separator.start);
  return Regex("\\A" + start + "|" + end + start + "|" + end + "\\z", options_of_all);
}

template <class Visit>
void each(const Regex& regex, std::string_view text, RegexMatch& match, const Visit& visit) {
  try {
    regex.each(text, match, visit);
  } catch (const RegexError& error) {
    fail_fatal(fmt::format("--regexp: cannot find where records end: {}", error.what()));
  }
}

}  // namespace

RecordPattern::RecordPattern(const PipeOptions& options)
    : border_(border_pattern(separator_of(options))), separator_(separator_pattern(separator_of(options))) {}

std::optional<std::size_t> RecordPattern::first(std::string_view text, bool is_all) const {
  std::optional<std::size_t> border;
  RegexMatch match;
  each(border_, text, match, [&] {
    if (match.end() > 0) border = match.end();
    return !border;
  });
  const bool is_certain = is_all || (border && *border + longest_look_ahead <= text.size());
  return is_certain ? border : std::nullopt;
}

std::optional<std::size_t> RecordPattern::last(std::string_view text) const {
  std::optional<std::size_t> border;
  RegexMatch match;
  each(border_, text, match, [&] {
    if (match.end() > 0) border = match.end();
    return true;
  });
  return border;
}

std::string RecordPattern::without_separators(std::string_view block) const {
  std::string records;
  std::size_t at = 0;
  RegexMatch match;
  each(separator_, block, match, [&] {
    records += block.substr(at, match.begin() - at);
    at = match.end();
    return true;
  });
  records += block.substr(at);
  return records;
}

}  // namespace farm
