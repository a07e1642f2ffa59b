/// Whether the run has the tokens that its tasks ask for.
#pragma once
#include <cstdint>
#include <map>
#include <string>

#include "manifest/task_source.hpp"

namespace farm {

/// `source` stands at its first task, before and after; one whose tasks ask for no tokens is not read, and of one that
/// has more than a million only these. Complains of all that cannot be given out.
void check_tokens(TaskSource& source, const std::map<std::string, std::uint32_t>& tokens, Complaints& complaints);

}  // namespace farm
