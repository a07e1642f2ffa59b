/// The command line of `farm sweep`: GNU parallel's options, command and input sources, in GNU parallel's order.
#pragma once
#include <string>
#include <vector>

#include "farm/options.hpp"
#include "ui/sweep_defaults.hpp"

namespace farm {

/// `arguments` are what follows `farm sweep`; they overrule `defaults`, of which only profiles are read from files. The
/// result has RunOptions::sweep set. Throws Error (usage).
RunOptions parse_sweep_line(std::vector<std::string> arguments, const SweepDefaults& defaults = {});

}  // namespace farm
