/// Takes the place of a rank that is gone without having finalised MPI, so that the launcher lets the others go on: it
/// is known to the launcher by the rank's process id and environment, and does towards it what a rank does at its end.
#pragma once
#include <optional>

namespace farm {

/// The hidden first argument that makes the farm program a stand-in; the second is the exit status, the third, if any,
/// says that the rank was in its MPI_Finalize.
inline constexpr const char* stand_in_argument = "--stand-in";
inline constexpr const char* finishing_argument = "finishing";

/// When these are the arguments of a stand-in: says goodbye to the launcher and returns the exit status for this
/// process: an error when the launcher does not play along or farm was built without PMIx. nullopt for all other
/// arguments.
std::optional<int> stand_in(int argc, const char* const* argv);

}  // namespace farm
