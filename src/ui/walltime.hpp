/// The value of `--walltime`. Pure: the time is passed in; only the time zone is the process's.
#pragma once
#include <string_view>

#include "node/allocation.hpp"

namespace farm {

/// When the allocation ends, since the epoch: "90m", "1h30m" and Slurm's "1-12:00:00" from `now` on, or the moment
/// itself in local time, "2026-03-01T18:30", which says nothing of its length. Throws Error (usage) for anything else,
/// for no time at all, and for what is past.
AllocationEnd parse_walltime(std::string_view text, Nanos now);

}  // namespace farm
