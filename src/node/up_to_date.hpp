/// Whether what a task would make is there already, as make sees it: by the times of files. Knows nothing of tasks.
/// Blocks as file systems do.
#pragma once
#include <string>
#include <vector>

namespace farm {

/// All of `outputs`, of which there is at least one, and all of `inputs` exist, and no input is newer than any output.
bool is_up_to_date(const std::vector<std::string>& inputs, const std::vector<std::string>& outputs);

}  // namespace farm
