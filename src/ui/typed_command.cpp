#include "ui/typed_command.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <string_view>

#include "base/text.hpp"

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

// Braces without a list or a range in them are nothing to a shell.
bool is_left_alone(std::string_view word) {
  static constexpr std::string_view harmless = "-_.+/:@%=,{}";
  const auto is_harmless = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           harmless.find(c) != harmless.npos;
  };
  const bool has_braces = word.find_first_of("{}") != word.npos;
  const bool may_expand =
      has_braces && (word.size() == 1 || word.find(',') != word.npos || word.find("..") != word.npos);
  return !word.empty() && word.front() != '=' && !may_expand && std::all_of(word.begin(), word.end(), is_harmless);
}

// What a terminal would take for an order is spelt, as bash, zsh and ksh read it.
std::string spelt(std::string_view word) {
  std::string text = "$'";
  for (const char c : word) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\'' || c == '\\') {
      text += fmt::format("\\{}", c);
    } else if (byte < 0x20 || byte >= 0x7f) {
      text += fmt::format("\\x{:02x}", byte);
    } else {
      text += c;
    }
  }
  return text + '\'';
}

}  // namespace

std::string as_typed(std::string_view word) {
  if (is_left_alone(word)) return std::string(word);
  return printable(word, word.npos) == word ? shell_quote(word) : spelt(word);
}

std::vector<std::string> typed_command(pid_t launcher, int argc, const char* const* argv) {
  if (launcher != 0) {
    std::vector<std::string> words = read_words(launcher);
    if (!words.empty() && is_mpirun(words.front())) return words;
  }
  return {argv, argv + argc};
}

}  // namespace farm
