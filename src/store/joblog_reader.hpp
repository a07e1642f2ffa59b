/// What an earlier run's job log (ours or GNU parallel's) says, for `--resume`, `--resume-failed` and
/// `--retry-failed`. A line without its newline is the end of a run that was killed, and counts as not there.
#pragma once
#include <map>
#include <string>

#include "farm/ids.hpp"
#include "store/task_set.hpp"

namespace farm {

struct LoggedTasks {
  TaskSet all;
  std::map<TaskId, std::string> failed;  ///< whose last line says so, with the command that line has
  std::uint64_t count = 0;               ///< one more than the highest task in it
};

/// Nothing when there is no such file. Throws Error (usage) with the place when a line is not one of a job log.
LoggedTasks read_joblog(const std::string& path);

}  // namespace farm
