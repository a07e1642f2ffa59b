/// An environment as a value, so that tests bring their own.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace farm {

using Variables = std::map<std::string, std::string, std::less<>>;

/// This process's environment.
Variables read_variables();

/// nullopt when it is not set; what is set may still be empty.
std::optional<std::string_view> find_variable(const Variables& variables, std::string_view name);

}  // namespace farm
