/// What this node has for a run with these options.
#pragma once
#include "farm/options.hpp"
#include "node/node_resources.hpp"

namespace farm {

/// As the machine, its batch system and the options say.
NodeResources node_here(const RunOptions& options);

}  // namespace farm
