/// How often the memory of a task that has a limit is looked at. Pure.
#pragma once
#include <cstdint>

#include "base/clock.hpp"

namespace farm {

/// One look at all the processes of a task.
struct MemoryLook {
  std::uint64_t limit = 0;
  std::uint64_t used = 0;
  std::uint64_t used_before = 0;  ///< at the look before
  Nanos since{0};                 ///< that one
};

/// The time until the next look is between these, as long as looking takes little.
inline constexpr Nanos shortest_look_pause = std::chrono::milliseconds(50);
inline constexpr Nanos longest_look_pause = std::chrono::milliseconds(200);

/// Half the time in which the task would come to its limit, if it went on growing as it did between the two looks.
Nanos next_look_after(const MemoryLook& look);

/// At least so long, when one look at all tasks took `cost`: looking must not take more than a fiftieth of a processor.
Nanos affordable_pause(Nanos pause, Nanos cost);

/// Whether a process that was killed by somebody else probably was for this: the kernel does not say.
bool is_near_limit(std::uint64_t peak, std::uint64_t limit);

}  // namespace farm
