/// The command line as the user typed it, launcher included, so that farm can name the exact command that carries on.
#pragma once
#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

namespace farm {

/// The words of `mpirun -np 64 farm jobs.txt` when process `launcher` is an mpirun on this host, else farm's own. 0:
/// farm was started without a launcher. Never fails: what cannot be read is not there.
std::vector<std::string> typed_command(pid_t launcher, int argc, const char* const* argv);

/// One word of it for a shell, quoted only where a shell would not leave it as it is: `:::` and `{1}.csv` stay bare.
std::string as_typed(std::string_view word);

}  // namespace farm
