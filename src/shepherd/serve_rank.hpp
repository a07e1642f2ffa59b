/// What a shepherd process does from its beginning to its end, whether it is the program farm-shepherd or, where that
/// is not installed, farm itself after the fork.
#pragma once
#include <sys/types.h>

#include <string>

#include "base/unique_fd.hpp"

namespace farm {

/// Serves `rank`, a child of this process, and exits. `farm_program` is executed as the rank's stand-in. The signals of
/// rank_signals.hpp and SIGCHLD must be blocked since before the rank was forked.
[[noreturn]] void serve_rank(UniqueFd socket, pid_t rank, const std::string& farm_program);

}  // namespace farm
