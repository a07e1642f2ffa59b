#include "ui/typed_command.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <string_view>

namespace farm {
namespace {

std::vector<std::string> read_words(pid_t process) {
  std::ifstream file(fmt::format("/proc/{}/cmdline", process), std::ios::binary);
  std::vector<std::string> words;
  for (std::string word; std::getline(file, word, '\0');) words.push_back(word);
  return words;
}

// Debian also installs them as mpirun.openmpi and the like.
bool is_mpirun(std::string_view program) {
  constexpr std::array<std::string_view, 4> names{"mpirun", "mpiexec", "orterun", "prterun"};
  program.remove_prefix(program.rfind('/') + 1);
  return std::find(names.begin(), names.end(), program.substr(0, program.find('.'))) != names.end();
}

}  // namespace

std::vector<std::string> typed_command(pid_t launcher, int argc, const char* const* argv) {
  if (launcher != 0) {
    std::vector<std::string> words = read_words(launcher);
    if (!words.empty() && is_mpirun(words.front())) return words;
  }
  return {argv, argv + argc};
}

}  // namespace farm
