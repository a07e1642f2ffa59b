/// What farm says when a run is over: how it went and what to type next. Pure.
#pragma once
#include <string>
#include <vector>

#include "farm/observer.hpp"

namespace farm {

/// One line when all went well, a few otherwise, each ended by a newline. `command` is what the user typed, launcher
/// included (typed_command.hpp); empty: nothing is said about how to carry on.
std::string format_summary(const RunSummary& summary, const std::vector<std::string>& command, bool color);

}  // namespace farm
