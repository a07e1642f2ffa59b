/// The command line as the user typed it, launcher included, so that farm can name the exact command that carries on.
#pragma once
#include <sys/types.h>

#include <string>
#include <vector>

namespace farm {

/// The words of `mpirun -np 64 farm jobs.txt` when process `launcher` is an mpirun on this host, else farm's own. 0:
/// farm was started without a launcher. Never fails: what cannot be read is not there.
std::vector<std::string> typed_command(pid_t launcher, int argc, const char* const* argv);

}  // namespace farm
