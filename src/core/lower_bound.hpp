/// How soon a set of tasks could be over at best, whoever hands them out: by the slots, processors, GPUs and tokens
/// they keep busy, by the longest of them, and by the longest way through what waits for what. Told of tasks as they
/// are read and as they end; knows nothing of workers.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "core/event.hpp"
#include "core/shape.hpp"
#include "core/task_graph.hpp"

namespace farm {

class LowerBound {
 public:
  explicit LowerBound(TaskGraph graph);

  void read(const NewTask& task, Nanos duration);
  /// Everything it waits for, also behind a barrier, has been told of before.
  void ended(TaskId task, Nanos duration);

  struct Supply {
    double slots = 1;  ///< a slot that is twice as fast counts twice
    double cpus = 1;
    double gpus = 0;
    double fastest = 1;
    TokenCounts tokens{};
  };
  Nanos of(const Supply& supply) const;

  double slot_seconds() const { return slot_seconds_; }

 private:
  void pass_on(TaskGraph::Node node, double end);

  TaskGraph graph_;
  std::vector<double> starts_;  // by node: the latest of the earliest ends before it
  std::vector<std::uint32_t> waits_for_;
  std::vector<TaskId> barriers_;  // the first tasks behind them
  std::size_t open_barriers_ = 0;
  double barrier_opened_ = 0;
  double last_end_ = 0;
  double slot_seconds_ = 0;
  double cpu_seconds_ = 0;
  double gpu_seconds_ = 0;
  std::map<std::string, double> token_seconds_;
};

}  // namespace farm
