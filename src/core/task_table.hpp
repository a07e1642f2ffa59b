/// The state of every task read so far, one byte each, and the only function that changes it. Knows nothing of workers,
/// attempts or time.
///
///     from \ to    waiting   ready        assigned   succeeded   failed   skipped
///     unknown      read      read         -          kept        -        -
///     waiting      -         released     -          -           -        what it waits for failed
///     ready        -         -            sent       -           -        -
///     assigned     -         try again    -          ended       ended    -
///     succeeded    -         -            -          -           -        -
///     failed       -         -            -          -           -        -
///     skipped      -         -            -          -           -        -
#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "farm/ids.hpp"

namespace farm {

enum class TaskState : std::uint8_t { unknown, waiting, ready, assigned, succeeded, failed, skipped };
inline constexpr std::size_t task_states = 7;

/// Whether the table above has an entry for it.
bool may_become(TaskState from, TaskState to);

class TaskTable {
 public:
  /// `unknown` for a task that has not been read.
  TaskState state(TaskId task) const;

  /// Changes the state and every count. The change must be in the table above; tasks become known in order.
  void set(TaskId task, TaskState to);

  std::uint64_t count(TaskState state) const { return counts_[static_cast<std::size_t>(state)]; }
  std::uint64_t known() const { return states_.size(); }

 private:
  std::vector<TaskState> states_;
  std::array<std::uint64_t, task_states> counts_{};
};

}  // namespace farm
