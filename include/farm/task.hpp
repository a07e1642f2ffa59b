/// What a task is: the command and the conditions it runs under. Plain data; knows nothing of scheduling.
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace farm {

struct TaskSpec {
  /// A shell line, as bytes: any byte but NUL, and not necessarily UTF-8. Unused when `argv` is not empty.
  std::string command;
  /// When not empty, executed as it is, without a shell. argv[0] is looked up in PATH.
  std::vector<std::string> argv;

  std::string name;  ///< unique in the manifest, or empty; a name is the task's identity across edits of the manifest
  std::string cwd;   ///< absolute, or empty for the directory farm was started in
  std::vector<std::pair<std::string, std::string>> env;  ///< added to (or replacing) what the task inherits
  std::string tag;  ///< what `--tag` puts before its lines; empty means the command line

  std::optional<std::chrono::nanoseconds> timeout;  ///< unset: the run's default
  std::optional<std::uint32_t> tries;               ///< attempts in all, 0 without limit; unset: the run's default

  /// True when everything before this task must have ended before it may start (`#FARM barrier`).
  bool after_barrier = false;

  friend bool operator==(const TaskSpec&, const TaskSpec&) = default;
};

}  // namespace farm
