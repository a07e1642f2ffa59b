#include "base/node_state.hpp"

#include <algorithm>

#include "base/memory_groups.hpp"
#include "base/number_file.hpp"

namespace farm {

NodeState read_node_state(const std::string& root) {
  NodeState state;
  constexpr std::uint64_t bytes_per_kib = 1024;
  if (const auto kib = find_number(root + "/proc/meminfo", "MemAvailable:"))
    state.free_memory_bytes = *kib * bytes_per_kib;
  for (const MemoryGroup& group : memory_groups(root)) {
    state.free_memory_bytes = std::min(state.free_memory_bytes, group.limit - std::min(group.limit, group.needed));
  }
  const std::string stat = root + "/proc/stat";
  const std::uint64_t running = find_number(stat, "procs_running").value_or(1);
  const std::uint64_t blocked = find_number(stat, "procs_blocked").value_or(0);
  state.load = static_cast<std::uint32_t>(running - std::min<std::uint64_t>(running, 1) + blocked);
  return state;
}

}  // namespace farm
