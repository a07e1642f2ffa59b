/// The files a task reads and makes, as far as it says so. Looks at no disk.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "farm/task.hpp"

namespace farm {

struct TaskFile {
  std::string_view key;    ///< of the task: "inputs", "outputs", "stdin", "stdout" or "stderr"
  std::size_t item = 0;    ///< of the key's list
  std::uint64_t hash = 0;  ///< of the file, however it is spelled; never that of a name that is written alike
};

struct TaskFiles {
  std::vector<TaskFile> inputs;
  std::vector<TaskFile> outputs;

  bool makes(std::uint64_t file) const;
};

/// Standard streams count as well; what is below /dev is no file that anybody makes. `launch_dir` stands in for an
/// empty cwd.
TaskFiles files_of(const TaskSpec& task, std::string_view launch_dir);

/// `path`, where it is relative from `directory`, without "." and doubled slashes. ".." stays: behind a symbolic link
/// it is not what the text suggests.
std::string file_key(std::string_view directory, std::string_view path);

}  // namespace farm
