/// The farm command: from argv to the exit status.
#pragma once

namespace farm {

/// Does what was asked for and returns the exit status. Every error is reported on standard error, once, by rank 0.
int farm_command(int argc, const char* const* argv);

}  // namespace farm
