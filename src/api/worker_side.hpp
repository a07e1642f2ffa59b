/// A rank of a run that runs tasks: the worker with the slots, settings and files of this process, and the loop around
/// it on ranks other than 0.
#pragma once
#include <functional>

#include "api/process.hpp"
#include "mpi/mpi_channel.hpp"
#include "mpi/mpi_session.hpp"
#include "node/resident_launcher.hpp"
#include "node/worker.hpp"

namespace farm {

/// What the worker starts tasks with; the process outlives it.
ResidentLauncher make_launcher(const Process& process);

/// Lets resident programs find the end of their input, and gives them a second to end. `shepherd` watches its socket.
void see_residents_off(const Process& process, ResidentLauncher& launcher, Watcher& shepherd);

/// `session` is null where MPI is not used. Channel, launcher and process outlive the worker; `signalled` hears of the
/// signals the shepherd has got for this rank.
Worker make_worker(const Process& process, const MpiSession* session, Channel& channel, Launcher& launcher,
                   std::function<void(int)> signalled);

/// Runs tasks until rank 0 says that it is over; returns whether ranks are dead. Throws Error (fatal) when rank 0 is.
bool work(const Process& process, const MpiSession& session, MpiChannel& channel);

}  // namespace farm
