#include "core/task_graph.hpp"

#include <algorithm>

namespace farm {

std::optional<TaskGraph::Node> TaskGraph::node_of(TaskId task) const {
  const auto found = std::lower_bound(tasks_.begin(), tasks_.end(), task);
  if (found == tasks_.end() || *found != task) return std::nullopt;
  return static_cast<Node>(found - tasks_.begin());
}

std::optional<TaskId> TaskGraph::task_of(Node node) const {
  return node < tasks_.size() ? std::optional(tasks_[node]) : std::nullopt;
}

std::span<const TaskGraph::Node> TaskGraph::successors(Node node) const {
  return std::span(successors_).subspan(first_successor_[node], first_successor_[node + 1] - first_successor_[node]);
}

}  // namespace farm
