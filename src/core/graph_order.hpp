/// In which order the nodes of a graph can be done, and why some cannot. Knows nothing of tasks.
#pragma once
#include <vector>

#include "core/task_graph.hpp"

namespace farm {

/// Every node behind its predecessors. Nodes of a circle, and what is behind one, are left out.
std::vector<TaskGraph::Node> topological_order(const TaskGraph& graph);

/// At least one circle for each place where there are some, given the graph's topological_order. Each node has an edge
/// from the next, the last from the first.
std::vector<std::vector<TaskGraph::Node>> find_circles(const TaskGraph& graph,
                                                       const std::vector<TaskGraph::Node>& order);

}  // namespace farm
