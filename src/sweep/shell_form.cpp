#include "sweep/shell_form.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace farm {
namespace {

// No one types it, so that it can stand between the parts of s///.
constexpr char mark = '\x01';

bool is_number(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// Takes `prefix` away and leaves something.
bool take(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix) || text.size() == prefix.size()) return false;
  text.remove_prefix(prefix.size());
  return true;
}

std::string escaped(std::string_view text, std::string_view special) {
  std::string plain;
  for (const char c : text) {
    if (special.find(c) != special.npos) plain += '\\';
    plain += c;
  }
  return plain;
}

std::string substitute(std::string_view what, std::string_view by, std::string_view flags = "") {
  return fmt::format("s{0}{1}{0}{2}{0}{3}", mark, what, by, flags);
}

std::optional<std::string> part_of_value(std::string_view form) {
  const std::size_t colon = std::min(form.find(':'), form.size());
  const std::string_view first = form.substr(0, colon);
  if (!is_number(first)) return std::nullopt;
  if (colon == form.size()) return fmt::format("$_=substr($_,{})", first);
  const std::string_view length = form.substr(colon + 1);
  return is_number(length) ? std::optional(fmt::format("$_=substr($_,{},{})", first, length)) : std::nullopt;
}

std::optional<std::string> replacement(std::string_view form, std::string_view flags) {
  const std::size_t slash = form.find('/');
  if (slash == form.npos || slash == 0) return std::nullopt;
  return substitute(form.substr(0, slash), escaped(form.substr(slash + 1), "\\$@"), flags);
}

}  // namespace

std::optional<std::string> shell_form(std::string_view form) {
  if (form.find(mark) != form.npos) return std::nullopt;
  if (take(form, ":-")) return fmt::format("$_=$_?$_:'{}'", escaped(form, "\\'"));
  if (take(form, ":")) return part_of_value(form);
  if (take(form, "##")) return substitute(fmt::format("^(?:{})", form), "");
  if (take(form, "#")) return substitute(fmt::format("^(?U:{})", form), "");
  if (take(form, "%%")) return substitute(fmt::format("(?:{})$", form), "");
  if (take(form, "%")) return substitute(fmt::format("^(.*)(?:{})$", form), "$1", "s");
  if (take(form, "//")) return replacement(form, "g");
  if (take(form, "/")) return replacement(form, "");
  if (take(form, "^^")) return substitute(fmt::format("({})", form), "\\U$1", "g");
  if (take(form, "^")) return substitute(fmt::format("^({})", form), "\\U$1");
  if (take(form, ",,")) return substitute(fmt::format("({})", form), "\\L$1", "g");
  if (take(form, ",")) return substitute(fmt::format("^({})", form), "\\L$1");
  return std::nullopt;
}

}  // namespace farm
