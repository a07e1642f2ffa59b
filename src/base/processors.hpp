/// The processors this process may use.
#pragma once
#include <cstdint>

namespace farm {

/// Their number, by the affinity mask; at least 1.
std::uint32_t usable_processors();

/// Lets this process run on every processor its job may use. Launchers bind each rank to one core; farm's own processes sleep
/// and must not queue up behind a task there.
void undo_binding();

}  // namespace farm
