/// Which names a manifest has used, and where. Knows no manifest form.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace farm {

/// In which line each name was used, by the hash of the name: two names in ten million that only look equal to it are
/// less likely than one in 300,000.
using NameLines = std::unordered_map<std::size_t, std::uint64_t>;

/// Notes that the task of `line` has this name. Returns what to tell the user when it is taken.
std::optional<std::string> claim_name(NameLines& names, std::string_view name, std::uint64_t line);

}  // namespace farm
