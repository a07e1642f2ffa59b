/// From the options to the tasks, whatever form they have: the one place that knows all of them.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/task_graph.hpp"
#include "farm/options.hpp"
#include "manifest/pipe_source.hpp"
#include "manifest/task_source.hpp"
#include "store/task_set.hpp"

namespace farm {

/// What is to be run, and what of it a job log says is not to be run again.
struct Tasks {
  std::unique_ptr<TaskSource> source;
  std::optional<TaskSet> logged;
  std::vector<std::string> value_names;  ///< of a sweep's columns, where they have headings
  TaskGraph graph;                       ///< of what they wait for
  PipeSource* pipe = nullptr;            ///< `source`, where it must be told what to keep its data in
};

/// `ranks` of the whole run; `with_values`: TaskSpec::values is wanted in any case. Throws Error (usage) for a
/// manifest, a sweep or a job log that is wrong.
Tasks open_tasks(const RunOptions& options, const std::string& launch_dir, int ranks, bool with_values = false);

}  // namespace farm
