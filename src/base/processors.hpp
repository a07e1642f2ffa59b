/// The processors this process may use.
#pragma once
#include <cstdint>

namespace farm {

/// Their number, by the affinity mask; at least 1.
std::uint32_t usable_processors();

/// Lets this process, and those it starts, run on every processor its job may use. Launchers bind each rank to one
/// core, which would be the only one of all its tasks.
void undo_binding();

}  // namespace farm
