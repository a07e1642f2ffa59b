/// Asks another program a question: what it prints, within a time. For helpers such as squeue, not for tasks.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"

namespace farm {

/// The standard output of `argv`, looked up in PATH, with nothing to read and its complaints unheard; nullopt when it
/// cannot be started, does not end with status 0, or is not done in time and therefore killed. Blocks.
std::optional<std::string> program_output(const std::vector<std::string>& argv, Nanos patience);

}  // namespace farm
