/// `--dry-run`: what would be run, without running it.
#pragma once
#include <functional>
#include <string>
#include <string_view>

#include "farm/options.hpp"
#include "farm/task.hpp"

namespace farm {

/// Hands the command lines over, a newline after each, in pieces of many. Blocks while they come from a stream. Throws
/// Error (usage) for what is wrong in the options' tasks, and (fatal) for what is found on the way.
void list_commands(const RunOptions& options, const std::function<void(std::string_view)>& write);

}  // namespace farm
