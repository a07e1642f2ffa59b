/// The cgroups that limit this process's memory, of both versions, as a batch system sets them up for a job.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace farm {

struct MemoryGroup {
  std::uint64_t limit = 0;   ///< bytes
  std::uint64_t needed = 0;  ///< bytes in use that the kernel cannot give up
};

/// Those that have a limit: a limit of an outer group holds for the inner ones, too. `root` stands for "/" in tests.
std::vector<MemoryGroup> memory_groups(const std::string& root);

}  // namespace farm
