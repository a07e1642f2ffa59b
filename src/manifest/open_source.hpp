/// From a manifest's path to its tasks: the one place that knows which form a path has.
#pragma once
#include <memory>
#include <string>

#include "manifest/task_source.hpp"
#include "sweep/output_name.hpp"

namespace farm {

/// `path` is a file, a FIFO, or "-" for standard input, which stays open. A regular file is checked as a whole. Throws
/// Error (usage) for what cannot be read and, without `complaints` to add them to, for every mistake in it. A source
/// with mistakes may be looked through for more of them, not run. `launch_dir`, an absolute path, is where tasks run
/// and their relative directories begin. `output_names` is asked of sweeps in it.
std::unique_ptr<TaskSource> open_source(const std::string& path, const std::string& launch_dir,
                                        Complaints* complaints = nullptr, OutputNames output_names = OutputNames::stay);

}  // namespace farm
