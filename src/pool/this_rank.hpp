/// Sets what this_rank() says in the calling thread: of the threads that run functions, once.
#pragma once
#include "farm/ids.hpp"

namespace farm {

void set_this_rank(Rank rank);

}  // namespace farm
