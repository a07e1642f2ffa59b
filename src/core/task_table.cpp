#include "core/task_table.hpp"

#include "base/check.hpp"

namespace farm {

bool may_become(TaskState from, TaskState to) {
  switch (from) {
    case TaskState::unknown:
      return to == TaskState::waiting || to == TaskState::ready || to == TaskState::succeeded;
    case TaskState::waiting:
      return to == TaskState::ready || to == TaskState::skipped;
    case TaskState::ready:
      return to == TaskState::assigned;
    case TaskState::assigned:
      return to == TaskState::ready || to == TaskState::succeeded || to == TaskState::failed;
    case TaskState::succeeded:
    case TaskState::failed:
    case TaskState::skipped:
      return false;
  }
  return false;
}

TaskState TaskTable::state(TaskId task) const {
  return value(task) < states_.size() ? states_[value(task)] : TaskState::unknown;
}

void TaskTable::set(TaskId task, TaskState to) {
  const TaskState from = state(task);
  FARM_CHECK(may_become(from, to));
  if (from == TaskState::unknown) {
    FARM_CHECK(value(task) == states_.size());
    states_.push_back(to);
  } else {
    --counts_[static_cast<std::size_t>(from)];
    states_[value(task)] = to;
  }
  ++counts_[static_cast<std::size_t>(to)];
}

}  // namespace farm
