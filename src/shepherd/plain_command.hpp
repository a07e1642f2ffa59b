/// Which command lines need no shell. Pure text: does not know whether the program exists.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace farm {

/// The words of `command` when executing them directly does what every common shell would do with the line; nullopt
/// when a shell is needed: quotes, expansions, redirections, variables, reserved words, builtins, or nothing to execute
/// at all.
std::optional<std::vector<std::string>> plain_command(std::string_view command);

}  // namespace farm
