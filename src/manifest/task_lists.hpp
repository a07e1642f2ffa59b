/// The keys of a task whose values are lists: `after`, `inputs`, `outputs`, `retry_on`. Knows nothing of how lists are
/// written.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "farm/task.hpp"

namespace farm {

/// What to tell the user of one item.
struct ItemTrouble {
  std::size_t item = 0;
  std::string message;
};

/// Sets `key` of `task`, one of the keys above. `task` is unchanged when an item is bad; then what is wrong with each.
std::vector<ItemTrouble> set_task_list(TaskSpec& task, std::string_view key, std::vector<std::string> items);

}  // namespace farm
