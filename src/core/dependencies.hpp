/// What each task of a graph still waits for while a run goes on. Knows nothing of states, workers or order.
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "core/task_graph.hpp"

namespace farm {

class Dependencies {
 public:
  struct Skipped {
    TaskId task{};
    TaskId because{};  ///< the task that failed
  };
  struct Change {
    std::vector<TaskId> released;  ///< everything they waited for has succeeded
    std::vector<Skipped> skipped;  ///< something they waited for has failed
  };

  explicit Dependencies(TaskGraph graph);

  bool is_empty() const { return graph_.empty(); }

  /// Whether it waits for something that has not ended.
  bool waits(TaskId task) const;
  /// The task whose failure rules this one out.
  std::optional<TaskId> ruled_out_by(TaskId task) const;
  /// Seconds from its start to the end of the graph along the longest way; nullopt for a task outside of the graph.
  std::optional<double> level(TaskId task) const;

  /// The last word on a task has been said. Every task is told of once, also those that were skipped; tasks that have
  /// not been read yet are among those released and skipped.
  Change settled(TaskId task, bool succeeded);

 private:
  void release(TaskGraph::Node node, Change& change);
  void rule_out(TaskGraph::Node node, TaskId because, Change& change);

  TaskGraph graph_;
  std::vector<std::uint32_t> waits_for_;             // by node
  std::vector<std::optional<TaskId>> ruled_out_by_;  // by node
};

}  // namespace farm
