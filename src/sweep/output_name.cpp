#include "sweep/output_name.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"

namespace farm {
namespace {

std::string_view directory_of(std::string_view typed) { return typed.substr(0, typed.rfind('/') + 1); }

bool is_device(std::string_view name) { return name == "/dev/null" || name == "/dev/stdout" || name == "/dev/stderr"; }

}  // namespace

bool leads_out(std::string_view name, std::string_view typed) {
  if (name.size() == typed.size() || is_device(name)) return false;
  const std::string_view directory = directory_of(typed);
  name.remove_prefix(directory.size());
  if (directory.empty() && name.starts_with('/')) return true;
  std::size_t depth = 0;
  while (!name.empty()) {
    const std::string_view part = name.substr(0, name.find('/'));
    name.remove_prefix(std::min(part.size() + 1, name.size()));
    if (part == "..") {
      if (depth == 0) return true;
      --depth;
    } else if (!part.empty() && part != ".") {
      ++depth;
    }
  }
  return false;
}

std::optional<std::string> complaint_about_output(std::string_view name, std::string_view typed) {
  if (!leads_out(name, typed)) return std::nullopt;
  const std::string_view directory = directory_of(typed);
  const std::string place =
      directory.empty() ? "the directory it begins in" : fmt::format("'{}'", printable(directory));
  return fmt::format(
      "values make this '{}', which leads out of {}; write the directory before the first value, or allow such names "
      "with --allow-outside",
      printable(name), place);
}

}  // namespace farm
