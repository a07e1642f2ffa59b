/// From the tasks of a source to the graph of their dependencies, or to everything that is wrong with these, with its
/// places.
#pragma once
#include <cstdint>
#include <string>

#include "core/task_graph.hpp"
#include "manifest/task_source.hpp"

namespace farm {

/// So many tasks are looked through for dependencies.
struct GraphLimits {
  std::uint64_t asking = 100'000'000;  ///< where some tasks wait for others; more are refused
  std::uint64_t making = 10'000'000;   ///< only to see that no two make the same file; more are believed
};

/// `source` stands at its first task, before and after. One whose tasks say nothing of others is not read at all; else
/// it is read twice, and a third time to find the places of complaints: with any the graph is of no use. Throws Error
/// (usage) for more tasks than it may have.
TaskGraph read_graph(TaskSource& source, const std::string& launch_dir, Complaints& complaints,
                     const GraphLimits& limits = {});

}  // namespace farm
