/// One run from start to end in this process, whatever its rank: what `farm MANIFEST` does once it is known what is
/// wanted.
#pragma once
#include <string>

#include "farm/observer.hpp"
#include "farm/options.hpp"
#include "mpi/placement.hpp"
#include "shepherd/client.hpp"

namespace farm {

/// The end of a run, as seen from this rank; `summary` is only rank 0's.
struct RunResult {
  RunSummary summary;
  int status = 0;  ///< what this process is to exit with

  /// Ranks are dead and MPI was not finalised: leave the shepherd a stand-in, and _exit.
  bool owes_stand_in = false;
};

/// Blocks until the run is over. On rank 0 it reads the manifest, writes the run directory and hands out tasks; on
/// others it runs them. The observer is told on rank 0 only. Throws Error: usage when nothing was run, fatal when the
/// run could not go on; MPI is finalised only after a usage error, so the caller is to _exit after a fatal one.
RunResult run(const RunOptions& options, const Placement& placement, ShepherdClient& shepherd, RunObserver& observer);

}  // namespace farm
