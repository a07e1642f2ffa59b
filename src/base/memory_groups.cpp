#include "base/memory_groups.hpp"

#include <algorithm>
#include <fstream>

#include "base/number_file.hpp"

namespace farm {
namespace {

struct Names {
  const char* limit;
  const char* used;
  const char* reclaimable;  // of what is used, in memory.stat
};
constexpr Names version_two{"/memory.max", "/memory.current", "inactive_file"};
constexpr Names version_one{"/memory.limit_in_bytes", "/memory.usage_in_bytes", "total_inactive_file"};

void add_group(const std::string& group, const Names& names, std::vector<MemoryGroup>& groups) {
  const auto limit = read_number(group + names.limit);
  if (!limit) return;
  const std::uint64_t used = read_number(group + names.used).value_or(0);
  const std::uint64_t reclaimable = find_number(group + "/memory.stat", names.reclaimable).value_or(0);
  groups.push_back({*limit, used - std::min(used, reclaimable)});
}

// In a container the path may lead nowhere but at its end.
void add_all(const std::string& mount, std::string path, const Names& names, std::vector<MemoryGroup>& groups) {
  add_group(mount, names, groups);
  while (path.size() > 1) {
    add_group(mount + path, names, groups);
    path.erase(path.rfind('/'));
  }
}

}  // namespace

std::vector<MemoryGroup> memory_groups(const std::string& root) {
  std::vector<MemoryGroup> groups;
  std::ifstream file(root + "/proc/self/cgroup");
  for (std::string line; std::getline(file, line);) {
    // ID:CONTROLLERS:PATH, where version 2 has no controllers.
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos || line.find('/', second) != second + 1) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const std::string path = line.substr(second + 1);
    if (controllers.empty()) add_all(root + "/sys/fs/cgroup", path, version_two, groups);
    if (("," + controllers + ",").find(",memory,") != std::string::npos) {
      add_all(root + "/sys/fs/cgroup/memory", path, version_one, groups);
    }
  }
  return groups;
}

}  // namespace farm
