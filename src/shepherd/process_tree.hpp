/// Which processes belong to what, as /proc tells it at one moment. Every process of a task descends from the shepherd,
/// which is the subreaper; those that left the task's session are recognized by the marks in their environment.
#pragma once
#include <sys/types.h>

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "shepherd/launcher.hpp"

namespace farm {

/// The variable that carries the mark of the shepherd a process descends from.
inline constexpr std::string_view mark_variable = "FARM_SHEPHERD";

struct Process {
  pid_t pid = 0;
  pid_t parent = 0;
  pid_t group = 0;
  pid_t session = 0;
};

/// The mark of the shepherd `pid`: its pid and start time, unique on this machine until it is booted again.
std::string shepherd_mark(pid_t pid);

/// All living descendants of `root`, parents before children, without `root` and without zombies. `except` and what
/// descends from it is left out; 0 excepts nothing. None is missed when `root` is a subreaper and reaps none meanwhile.
std::vector<Process> descendants(pid_t root, pid_t except = 0);

/// The memory of a process that is in RAM, shared pages too; 0 when it is gone.
std::uint64_t resident_bytes(pid_t pid);

/// Whether a signal (or a tracer) has stopped that process.
bool is_stopped(pid_t pid);

/// The processes of a shepherd's tasks. /proc is read when it is first asked and then only after forget(), so that many
/// tasks stopped at once cost one look.
class Family {
 public:
  /// Of the calling process, a shepherd with this mark, without its rank.
  Family(std::string mark, pid_t rank) : mark_(std::move(mark)), rank_(rank) {}

  /// Those that belong to the attempt `key`, whose first process was `leader`.
  std::vector<Process> members(pid_t leader, LaunchKey key);

  /// Those of all attempts, also of such as have ended.
  const std::vector<Process>& all();

  /// Kills them however fast they multiply: each is stopped where it is found, before its children are looked for, so
  /// that none is born behind the look. Costs a look of its own.
  void kill_members(pid_t leader, LaunchKey key);

  /// No look need find more than so many: what multiplies may do so faster than it can be counted.
  void look_at_most(std::size_t processes) { most_ = processes; }

  void forget() { seen_.reset(); }

 private:
  void look();

  std::string mark_;
  pid_t rank_;
  std::size_t most_ = std::numeric_limits<std::size_t>::max();
  std::optional<std::vector<Process>> seen_;
  std::unordered_map<pid_t, LaunchKey> keys_;  // of the shepherd's children among them, as their environments say
};

/// Kills every process of this user that carries `mark`, again and again until none is left or a second has passed.
void kill_marked(std::string_view mark);

/// Kills all descendants of the calling process but `except` and reaps those that are its children, until none is left
/// or a second has passed. SIGCHLD must be blocked.
void kill_descendants(pid_t except = 0);

}  // namespace farm
