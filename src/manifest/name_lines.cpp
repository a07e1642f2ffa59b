#include "manifest/name_lines.hpp"

#include <fmt/format.h>

#include <functional>

#include "base/text.hpp"
#include "base/units.hpp"

namespace farm {

std::optional<std::string> claim_name(NameLines& names, std::string_view name, std::uint64_t line) {
  const auto [entry, is_new] = names.emplace(std::hash<std::string_view>()(name), line);
  if (is_new) return std::nullopt;
  return fmt::format("the name '{}' is taken by the task of line {}", printable(name), format_count(entry->second));
}

}  // namespace farm
