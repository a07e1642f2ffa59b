/// Slips in a sweep's command that are no mistakes to a machine, and nearly always are ones: replacement strings that
/// will stay empty or will be quoted twice. Looks at the template only.
#pragma once
#include <string>
#include <vector>

#include "farm/sweep.hpp"

namespace farm {

/// One line for each slip. `columns` are the names of the values, `values` how many the first task has.
std::vector<std::string> find_slips(const Sweep& sweep, const std::vector<std::string>& columns, std::size_t values);

}  // namespace farm
