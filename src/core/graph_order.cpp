#include "core/graph_order.hpp"

#include <limits>

namespace farm {

using Node = TaskGraph::Node;

std::vector<Node> topological_order(const TaskGraph& graph) {
  std::vector<std::uint32_t> waiting(graph.nodes());
  std::vector<Node> order;
  order.reserve(waiting.size());
  for (Node node = 0; node < waiting.size(); ++node) {
    waiting[node] = graph.predecessors(node);
    if (waiting[node] == 0) order.push_back(node);
  }
  for (std::size_t done = 0; done < order.size(); ++done) {
    for (const Node successor : graph.successors(order[done])) {
      if (--waiting[successor] == 0) order.push_back(successor);
    }
  }
  return order;
}

// Whatever is left waits for something that is left: going back along any such edge ends in a circle.
std::vector<std::vector<Node>> find_circles(const TaskGraph& graph, const std::vector<Node>& order) {
  constexpr Node none = std::numeric_limits<Node>::max();
  std::vector<std::vector<Node>> circles;
  if (order.size() == graph.nodes()) return circles;
  std::vector<bool> is_left(graph.nodes(), true);
  for (const Node node : order) is_left[node] = false;
  std::vector<Node> before(graph.nodes(), none);
  for (Node node = 0; node < graph.nodes(); ++node) {
    if (!is_left[node]) continue;
    for (const Node successor : graph.successors(node)) before[successor] = node;
  }
  std::vector<Node> walk_of(graph.nodes(), none);  // by the node it began at
  for (Node start = 0; start < graph.nodes(); ++start) {
    if (!is_left[start]) continue;
    Node node = start;
    for (; walk_of[node] == none; node = before[node]) walk_of[node] = start;
    if (walk_of[node] != start) continue;
    std::vector<Node>& circle = circles.emplace_back();
    for (const Node first = node; circle.empty() || node != first; node = before[node]) circle.push_back(node);
  }
  return circles;
}

}  // namespace farm
