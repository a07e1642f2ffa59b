#include "base/node_state.hpp"

#include <algorithm>
#include <fstream>
#include <optional>
#include <sstream>
#include <string_view>

namespace farm {
namespace {

// The number after the word `name` at the start of a line.
std::optional<std::uint64_t> find_number(const std::string& path, std::string_view name) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string word;
    std::uint64_t number = 0;
    if (words >> word && word == name && words >> number) return number;
  }
  return std::nullopt;
}

// nullopt for "max" and for a file that is not there.
std::optional<std::uint64_t> read_number(const std::string& path) {
  std::ifstream file(path);
  std::uint64_t number = 0;
  return file >> number ? std::optional(number) : std::nullopt;
}

struct Names {
  const char* limit;
  const char* used;
  const char* reclaimable;  // of what is used, in memory.stat
};
constexpr Names version_two{"/memory.max", "/memory.current", "inactive_file"};
constexpr Names version_one{"/memory.limit_in_bytes", "/memory.usage_in_bytes", "total_inactive_file"};

std::uint64_t room_in(const std::string& group, const Names& names) {
  const auto limit = read_number(group + names.limit);
  const auto used = read_number(group + names.used);
  if (!limit || !used) return std::numeric_limits<std::uint64_t>::max();
  const std::uint64_t needed =
      *used - std::min(*used, find_number(group + "/memory.stat", names.reclaimable).value_or(0));
  return *limit - std::min(*limit, needed);
}

// A limit of an outer group holds for the inner ones, too. In a container the path may lead nowhere but at its end.
std::uint64_t room_in_all(const std::string& mount, std::string path, const Names& names) {
  std::uint64_t room = room_in(mount, names);
  while (path.size() > 1) {
    room = std::min(room, room_in(mount + path, names));
    path.erase(path.rfind('/'));
  }
  return room;
}

std::uint64_t room_in_cgroups(const std::string& root) {
  std::uint64_t room = std::numeric_limits<std::uint64_t>::max();
  std::ifstream file(root + "/proc/self/cgroup");
  for (std::string line; std::getline(file, line);) {
    // ID:CONTROLLERS:PATH, where version 2 has no controllers.
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos || line.find('/', second) != second + 1) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const std::string path = line.substr(second + 1);
    if (controllers.empty()) room = std::min(room, room_in_all(root + "/sys/fs/cgroup", path, version_two));
    if (("," + controllers + ",").find(",memory,") != std::string::npos) {
      room = std::min(room, room_in_all(root + "/sys/fs/cgroup/memory", path, version_one));
    }
  }
  return room;
}

}  // namespace

NodeState read_node_state(const std::string& root) {
  NodeState state;
  constexpr std::uint64_t bytes_per_kib = 1024;
  if (const auto kib = find_number(root + "/proc/meminfo", "MemAvailable:"))
    state.free_memory_bytes = *kib * bytes_per_kib;
  state.free_memory_bytes = std::min(state.free_memory_bytes, room_in_cgroups(root));
  const std::string stat = root + "/proc/stat";
  const std::uint64_t running = find_number(stat, "procs_running").value_or(1);
  const std::uint64_t blocked = find_number(stat, "procs_blocked").value_or(0);
  state.load = static_cast<std::uint32_t>(running - std::min<std::uint64_t>(running, 1) + blocked);
  return state;
}

}  // namespace farm
