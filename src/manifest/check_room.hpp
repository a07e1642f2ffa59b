/// Whether the only node of a run has what its tasks ask for.
#pragma once
#include "farm/needs.hpp"
#include "manifest/task_source.hpp"

namespace farm {

/// `source` stands at its first task, before and after; of one that has more than a million only these are looked at.
/// Complains of every need that `room` has not got; memory of 0 is not known. Tokens are not the node's.
void check_room(TaskSource& source, const Needs& room, Complaints& complaints);

}  // namespace farm
