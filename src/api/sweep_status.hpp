/// The exit status of an ephemeral sweep, which is GNU parallel's.
#pragma once
#include "farm/observer.hpp"
#include "farm/options.hpp"

namespace farm {

/// 0 when all went well, 1 to 100 for so many tasks that failed, 101 for more; where `--halt` with fail=1 or done=1
/// stopped the run, the status of that task; with fail=N%, the percentage that failed; where it wanted a success and
/// got it, 0; 255 when the run was interrupted or could not go on.
int sweep_status(const RunSummary& summary, const HaltRule& halt);

}  // namespace farm
