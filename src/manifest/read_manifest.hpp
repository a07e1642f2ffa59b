/// From a manifest's path to its tasks and what they wait for, or to everything that is wrong with it at once.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "core/task_graph.hpp"
#include "farm/needs.hpp"
#include "manifest/task_source.hpp"
#include "sweep/output_name.hpp"

namespace farm {

struct Manifest {
  std::unique_ptr<TaskSource> source;  ///< at its first task
  TaskGraph graph;                     ///< empty when no task waits for another
};

/// What the tasks' needs are compared with, where that is known in advance.
struct Supply {
  std::optional<std::map<std::string, std::uint32_t>> tokens;  ///< of the run
  /// Of its only node. The scheduler knows best what fits, and says so when the workers have come: this is for those
  /// who have other mistakes to mend.
  std::optional<Needs> node;
};

/// Throws Error (usage) with all mistakes in the order of their places; those in a stream are found when it is read.
/// See open_source.hpp.
Manifest read_manifest(const std::string& path, const std::string& launch_dir, const Supply& supply = {},
                       OutputNames output_names = OutputNames::stay);

}  // namespace farm
