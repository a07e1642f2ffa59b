/// The machine this process runs on, as far as it may use it.
#pragma once
#include <cstdint>
#include <string>

namespace farm {

/// The host's name, or "?".
std::string host_name();

/// How many processors this process may use, by the affinity mask; at least 1.
std::uint32_t usable_processors();

/// Lets this process, and those it starts, run on every processor its job may use. Launchers bind each rank to one
/// core, which would be the only one of all its tasks.
void undo_binding();

}  // namespace farm
