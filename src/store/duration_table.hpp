/// How long each task of a manifest took the last time, a byte each: a logarithmic scale with steps of 10 percent,
/// which is as much as an order of tasks can make use of.
#pragma once
#include <cstdint>
#include <vector>

#include "base/clock.hpp"
#include "farm/ids.hpp"

namespace farm {

class DurationTable {
 public:
  void set(TaskId task, Nanos duration);

  /// Zero where it is not known; else within 10 percent.
  Nanos of(TaskId task) const;

  bool is_empty() const { return steps_.empty(); }
  void clear() { steps_.clear(); }

 private:
  std::vector<std::uint8_t> steps_;  // by task; 0: not known
};

}  // namespace farm
