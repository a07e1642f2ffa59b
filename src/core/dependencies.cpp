#include "core/dependencies.hpp"

#include <utility>

namespace farm {

Dependencies::Dependencies(TaskGraph graph)
    : graph_(std::move(graph)), waits_for_(graph_.nodes()), ruled_out_by_(graph_.nodes()) {
  for (TaskGraph::Node node = 0; node < graph_.nodes(); ++node) waits_for_[node] = graph_.predecessors(node);
}

bool Dependencies::waits(TaskId task) const {
  const auto node = graph_.node_of(task);
  return node && waits_for_[*node] > 0;
}

std::optional<TaskId> Dependencies::ruled_out_by(TaskId task) const {
  const auto node = graph_.node_of(task);
  return node ? ruled_out_by_[*node] : std::nullopt;
}

std::optional<double> Dependencies::level(TaskId task) const {
  const auto node = graph_.node_of(task);
  if (!node) return std::nullopt;
  return graph_.level(*node);
}

Dependencies::Change Dependencies::settled(TaskId task, bool succeeded) {
  Change change;
  const auto node = graph_.node_of(task);
  if (!node) return change;
  if (succeeded) {
    release(*node, change);
  } else {
    rule_out(*node, ruled_out_by_[*node].value_or(task), change);
  }
  return change;
}

// Through joins at once: they are no tasks and end when the last they wait for has.
void Dependencies::release(TaskGraph::Node first, Change& change) {
  std::vector<TaskGraph::Node> ended{first};
  while (!ended.empty()) {
    const TaskGraph::Node node = ended.back();
    ended.pop_back();
    for (const TaskGraph::Node next : graph_.successors(node)) {
      if (--waits_for_[next] > 0) continue;
      const auto task = graph_.task_of(next);
      if (!task) {
        ended.push_back(next);
      } else if (!ruled_out_by_[next]) {
        change.released.push_back(*task);
      }
    }
  }
}

void Dependencies::rule_out(TaskGraph::Node first, TaskId because, Change& change) {
  std::vector<TaskGraph::Node> ended{first};
  while (!ended.empty()) {
    const TaskGraph::Node node = ended.back();
    ended.pop_back();
    for (const TaskGraph::Node next : graph_.successors(node)) {
      if (ruled_out_by_[next]) continue;
      ruled_out_by_[next] = because;
      ended.push_back(next);
      if (const auto task = graph_.task_of(next)) change.skipped.push_back({*task, because});
    }
  }
}

}  // namespace farm
