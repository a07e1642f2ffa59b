#include "base/program_path.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

namespace farm {
namespace {

bool is_executable(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) && ::access(path.c_str(), X_OK) == 0;
}

}  // namespace

bool is_runnable(const std::string& program, std::string_view path) {
  if (program.find('/') != std::string::npos) return is_executable(program);
  while (!path.empty()) {
    const std::size_t end = std::min(path.find(':'), path.size());
    const std::string directory(end == 0 ? "." : path.substr(0, end));
    if (is_executable(directory + "/" + program)) return true;
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return false;
}

}  // namespace farm
