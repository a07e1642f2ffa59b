/// How busy the node this process runs on is, from /proc and, where a batch system limits the job, its cgroups.
#pragma once
#include <cstdint>
#include <limits>
#include <string>

namespace farm {

struct NodeState {
  /// What programs could still take without swapping, also within the limits of this process's cgroups; the largest
  /// number where nobody knows.
  std::uint64_t free_memory_bytes = std::numeric_limits<std::uint64_t>::max();
  /// Processes that run, want to, or wait for a disk, without the caller; 0 where nobody knows.
  std::uint32_t load = 0;
};

/// `root` stands for "/" in tests. Never fails.
NodeState read_node_state(const std::string& root = {});

}  // namespace farm
