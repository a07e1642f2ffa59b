/// A set of tasks of one manifest, one bit each up to the highest in it.
#pragma once
#include <cstdint>
#include <vector>

#include "farm/ids.hpp"

namespace farm {

class TaskSet {
 public:
  /// Returns whether it was not yet in it.
  bool add(TaskId task);
  /// All of [first, last]; nothing if last is before first.
  void add(TaskId first, TaskId last);

  bool contains(TaskId task) const { return value(task) < bits_.size() && bits_[value(task)]; }
  std::uint64_t size() const { return size_; }
  void clear();

 private:
  std::vector<bool> bits_;
  std::uint64_t size_ = 0;
};

}  // namespace farm
