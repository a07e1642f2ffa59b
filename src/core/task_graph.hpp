/// Which tasks wait for which, and how much is still to be done behind each: what a scheduler needs of dependencies.
/// Only tasks that take part in one are in it. It never changes; knows nothing of names, files or states.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "farm/ids.hpp"

namespace farm {

/// A node is a task, or a join: it has no work, stands for "all of these", and is done as soon as its predecessors are.
/// N tasks that wait for the same M so cost N + M edges, not N * M. About 32 bytes a task and 4 an edge.
class TaskGraph {
 public:
  using Node = std::uint32_t;

  bool empty() const { return levels_.empty(); }
  std::size_t nodes() const { return levels_.size(); }

  /// nullopt: the task waits for nothing, and nothing for it.
  std::optional<Node> node_of(TaskId task) const;
  /// nullopt: a join.
  std::optional<TaskId> task_of(Node node) const;

  /// How many nodes must be done before this one can begin: it comes once in the successors of each.
  std::uint32_t predecessors(Node node) const { return predecessors_[node]; }
  std::span<const Node> successors(Node node) const;

  /// Seconds from the start of this task to the end of the longest chain behind it (HLFET): the tasks' costs, a second
  /// for one of which none is known, nothing for a join.
  double level(Node node) const { return levels_[node]; }

 private:
  friend class TaskGraphBuilder;

  std::vector<TaskId> tasks_;  ///< of the first nodes, ascending; behind them are the joins
  std::vector<std::uint32_t> predecessors_;
  std::vector<std::uint32_t> first_successor_;  ///< of each node in successors_, and the end of the last one's
  std::vector<Node> successors_;
  std::vector<double> levels_;
};

}  // namespace farm
