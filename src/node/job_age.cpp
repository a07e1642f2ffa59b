#include "node/job_age.hpp"

#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <sstream>

namespace farm {
namespace {

struct Stat {
  pid_t parent = 0;
  double started = 0;  // seconds since the machine was booted
};

std::optional<Stat> read_stat(const std::string& directory) {
  std::ifstream file(directory + "/stat");
  std::string line;
  std::getline(file, line);
  const std::size_t name_end = line.rfind(") ");  // the name before it may hold blanks and parentheses
  if (name_end == std::string::npos) return std::nullopt;
  std::istringstream fields(line.substr(name_end + 2));
  // proc(5): from the state, field 3, on; the parent is field 4 and the start time field 22.
  constexpr int skipped = 17;
  Stat stat;
  std::string word;
  fields >> word >> stat.parent;
  for (int i = 0; i < skipped; ++i) fields >> word;
  if (!(fields >> stat.started)) return std::nullopt;
  stat.started /= static_cast<double>(::sysconf(_SC_CLK_TCK));
  return stat;
}

bool has_variable(const std::string& directory, const std::string& variable) {
  std::ifstream file(directory + "/environ", std::ios::binary);
  for (std::string entry; std::getline(file, entry, '\0');) {
    if (entry.starts_with(variable + "=")) return true;
  }
  return false;
}

}  // namespace

std::optional<Nanos> job_age(const std::string& variable, const std::string& root, pid_t process) {
  std::ifstream file(root + "/proc/uptime");
  double uptime = 0;
  if (!(file >> uptime)) return std::nullopt;
  std::optional<double> started;
  for (pid_t pid = process == 0 ? ::getpid() : process; pid > 1;) {
    const std::string directory = root + "/proc/" + std::to_string(pid);
    const auto stat = read_stat(directory);
    if (!stat || !has_variable(directory, variable)) break;
    started = stat->started;
    pid = stat->parent;
  }
  if (!started) return std::nullopt;
  return std::chrono::duration_cast<Nanos>(std::chrono::duration<double>(std::max(0.0, uptime - *started)));
}

}  // namespace farm
