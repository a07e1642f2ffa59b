/// Options that were given and will come to nothing in this run, which is no reason to refuse it: the same command may
/// well be used on another machine. What contradicts itself wherever it is used is refused (ui/run_options.hpp).
#pragma once
#include <string>
#include <vector>

#include "farm/options.hpp"

namespace farm {

/// One line for the user about each. `options.ends_at` is when the allocation ends, whoever said so; `ranks` are those
/// of the whole run.
std::vector<std::string> vain_options(const RunOptions& options, int ranks);

}  // namespace farm
