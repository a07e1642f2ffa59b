/// Which threads run functions, and for which rank.
#pragma once
#include "farm/ids.hpp"

namespace farm {

/// Of such a thread, once: what this_rank() says there.
void set_this_rank(Rank rank);

/// Throws Error in such a thread, in which `what` would wait for itself.
void require_outside_of_calls(const char* what);

}  // namespace farm
