#include "store/task_set.hpp"

namespace farm {

bool TaskSet::add(TaskId task) {
  const std::uint64_t at = value(task);
  if (at >= bits_.size()) bits_.resize(at + 1);
  if (bits_[at]) return false;
  bits_[at] = true;
  ++size_;
  return true;
}

void TaskSet::add(TaskId first, TaskId last) {
  for (TaskId task = first; task <= last; task = next(task)) add(task);
}

void TaskSet::clear() {
  bits_.clear();
  size_ = 0;
}

}  // namespace farm
