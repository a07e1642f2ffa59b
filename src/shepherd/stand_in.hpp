/// Takes the place of a rank that died, so that the launcher lets the others go on: it is known to the launcher by the
/// rank's process id and environment, and does towards it what a rank does at its end.
#pragma once

namespace farm {

/// The hidden first argument that makes the farm program a stand-in.
inline constexpr const char* stand_in_argument = "--stand-in";

/// Blocks until all other ranks have come to their MPI_Finalize. False when the launcher does not play along or farm
/// was built without PMIx; the process should then end with an error.
bool stand_in();

}  // namespace farm
