/// The first act of main: one process becomes two, the shepherd and the rank.
#pragma once
#include <memory>
#include <string>

#include "shepherd/client.hpp"

namespace farm {

/// Where farm-shepherd is installed: beside this program, else in ../libexec/farm; empty when it is in neither.
std::string find_shepherd_program();

/// Forks; returns in the child, which is the rank from here on. The parent executes `shepherd_program` (empty or not
/// executable: does its work as it is, and tasks report a memory peak of at least farm's own size), never returns, and
/// exits with the status the rank gave to leave(). To be called before MPI_Init and before there are threads. When
/// argv[1] is stand_in_argument this process is a stand-in: it does that and exits. Throws Error (fatal) when it cannot
/// fork.
///
/// The rank blocks SIGTERM, SIGINT, SIGHUP, SIGUSR1 and SIGUSR2 and hears of them by LaunchEvents::signalled().
std::unique_ptr<ShepherdClient> begin_rank(int argc, const char* const* argv,
                                           const std::string& shepherd_program = find_shepherd_program());

}  // namespace farm
