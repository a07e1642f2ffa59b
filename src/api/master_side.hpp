/// Rank 0 of a run: the master, its own worker, and the loop around both until every task has ended and all results are
/// on the disk.
#pragma once
#include "api/prepare.hpp"
#include "api/process.hpp"
#include "farm/observer.hpp"
#include "mpi/mpi_channel.hpp"
#include "mpi/mpi_session.hpp"

namespace farm {

/// Blocks until the run is over, or a second signal has asked for its end. `session` and `remote` are null without
/// other ranks. Throws Error (fatal) when the run cannot go on.
RunSummary master_loop(const Process& process, PreparedRun& prepared, const MpiSession* session, MpiChannel* remote,
                       RunObserver& observer);

}  // namespace farm
