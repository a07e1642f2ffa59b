/// Numbers out of the small text files of /proc and /sys.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace farm {

/// The number after the word `name` at the start of a line; nullopt when there is no such line or file.
std::optional<std::uint64_t> find_number(const std::string& path, std::string_view name);

/// The number the file begins with; nullopt for "max" and for a file that is not there.
std::optional<std::uint64_t> read_number(const std::string& path);

}  // namespace farm
