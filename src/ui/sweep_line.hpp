/// The command line of `farm sweep`: GNU parallel's options, command and input sources, in GNU parallel's order.
#pragma once
#include <string>
#include <vector>

#include "farm/options.hpp"

namespace farm {

/// `arguments` are what follows `farm sweep`. The result has RunOptions::sweep set. Throws Error (usage).
RunOptions parse_sweep_line(std::vector<std::string> arguments);

}  // namespace farm
