/// Writes the files that a task brings with it.
#pragma once
#include <string>
#include <vector>

#include "farm/task.hpp"

namespace farm {

/// What went wrong; `error` is 0 when nothing did.
struct FileFailure {
  int error = 0;
  std::string path;
};

/// Writes all of them, with the directories they are in, relative to `directory` (empty: the current one), replacing
/// what is there. Stops at the first that cannot be written.
FileFailure write_task_files(const std::vector<FileContent>& files, const std::string& directory);

}  // namespace farm
