#include "node/node_facts.hpp"

#include <hwloc.h>
#include <sched.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string_view>

#include "base/machine.hpp"
#include "base/memory_groups.hpp"
#include "base/number_file.hpp"

namespace farm {
namespace {

namespace fs = std::filesystem;

// nvidia0, nvidia1, ...; nvidiactl and the like are no GPUs.
bool is_numbered(std::string_view name, std::string_view prefix) {
  if (!name.starts_with(prefix) || name.size() == prefix.size()) return false;
  return name.find_first_not_of("0123456789", prefix.size()) == std::string_view::npos;
}

std::vector<std::string> entries(const std::string& directory, std::string_view prefix) {
  std::vector<std::string> names;
  std::error_code ended;
  for (fs::directory_iterator at(directory, ended), end; !ended && at != end; at.increment(ended)) {
    std::string name = at->path().filename().string();
    if (is_numbered(name, prefix)) names.push_back(std::move(name));
  }
  return names;
}

std::uint32_t count_nvidia(const std::string& root) {
  return static_cast<std::uint32_t>(entries(root + "/dev", "nvidia").size());
}

// Without /dev/kfd what AMD makes only draws.
std::uint32_t count_amd(const std::string& root) {
  std::error_code unknown;
  if (!fs::exists(root + "/dev/kfd", unknown)) return 0;
  std::uint32_t count = 0;
  for (const std::string& name : entries(root + "/dev/dri", "renderD")) {
    const fs::path driver = fs::read_symlink(root + "/sys/class/drm/" + name + "/device/driver", unknown);
    if (driver.filename() == "amdgpu") ++count;
  }
  return count;
}

std::uint64_t tightest_limit(const std::string& root) {
  std::uint64_t tightest = 0;
  for (const MemoryGroup& group : memory_groups(root)) {
    if (group.limit > 0) tightest = tightest == 0 ? group.limit : std::min(tightest, group.limit);
  }
  return tightest;
}

struct Destroy {
  void operator()(hwloc_topology_t topology) const { ::hwloc_topology_destroy(topology); }
};
using Topology = std::unique_ptr<hwloc_topology, Destroy>;

Topology load_topology() {
  hwloc_topology_t made = nullptr;
  if (::hwloc_topology_init(&made) != 0) return nullptr;
  Topology topology(made);
  return ::hwloc_topology_load(made) == 0 ? std::move(topology) : nullptr;
}

std::uint32_t count_of(hwloc_topology_t topology, hwloc_obj_type_t type, std::uint32_t otherwise) {
  const int count = ::hwloc_get_nbobjs_by_type(topology, type);
  return count > 0 ? static_cast<std::uint32_t>(count) : otherwise;
}

}  // namespace

NodeFacts read_node_facts(const std::string& root) {
  constexpr std::uint64_t bytes_per_kib = 1024;
  return {.processors = usable_processors(),
          .installed_memory = find_number(root + "/proc/meminfo", "MemTotal:").value_or(0) * bytes_per_kib,
          .memory_limit = tightest_limit(root),
          .nvidia_gpus = count_nvidia(root),
          .amd_gpus = count_amd(root)};
}

std::vector<Processor> read_processors() {
  const std::vector<std::uint32_t> usable = usable_processor_numbers();
  const auto is_usable = [&](std::uint32_t number) { return std::ranges::binary_search(usable, number); };
  std::vector<Processor> processors;
  if (const Topology topology = load_topology()) {
    const int count = ::hwloc_get_nbobjs_by_type(topology.get(), HWLOC_OBJ_PU);
    for (int i = 0; i < count; ++i) {
      const hwloc_obj_t unit = ::hwloc_get_obj_by_type(topology.get(), HWLOC_OBJ_PU, static_cast<unsigned>(i));
      if (!is_usable(unit->os_index)) continue;
      const hwloc_obj_t core = ::hwloc_get_ancestor_obj_by_type(topology.get(), HWLOC_OBJ_CORE, unit);
      processors.push_back({unit->os_index, core == nullptr ? static_cast<unsigned>(i) : core->logical_index});
    }
  }
  if (processors.size() == usable.size()) return processors;
  // No topology, or one that knows nothing of some: each counts as a core.
  processors.clear();
  for (const std::uint32_t number : usable) processors.push_back({number, number});
  return processors;
}

MachineParts count_machine_parts() {
  MachineParts parts{.threads = usable_processors()};
  const Topology topology = load_topology();
  if (topology) parts.threads = count_of(topology.get(), HWLOC_OBJ_PU, parts.threads);
  parts.cores = topology ? count_of(topology.get(), HWLOC_OBJ_CORE, parts.threads) : parts.threads;
  if (topology) parts.sockets = count_of(topology.get(), HWLOC_OBJ_PACKAGE, 1);
  return parts;
}

}  // namespace farm
