/// What the text of a task's key means, key by key. Knows nothing of where it was read.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "farm/task.hpp"

namespace farm {

/// What to tell the user when a value is bad: the task is unchanged then.
using Trouble = std::optional<std::string>;

/// A relative `cwd` is taken from `launch_dir`, which the others do not need.
Trouble set_name(TaskSpec& task, std::string_view value, std::string_view launch_dir);
Trouble set_timeout(TaskSpec& task, std::string_view value, std::string_view launch_dir);
Trouble set_retries(TaskSpec& task, std::string_view value, std::string_view launch_dir);
Trouble set_cwd(TaskSpec& task, std::string_view value, std::string_view launch_dir);
Trouble set_tag(TaskSpec& task, std::string_view value, std::string_view launch_dir);
Trouble set_cpus(TaskSpec& task, std::string_view value, std::string_view launch_dir);
Trouble set_gpus(TaskSpec& task, std::string_view value, std::string_view launch_dir);
Trouble set_memory(TaskSpec& task, std::string_view value, std::string_view launch_dir);
Trouble set_tokens(TaskSpec& task, std::string_view value, std::string_view launch_dir);
Trouble set_priority(TaskSpec& task, std::string_view value, std::string_view launch_dir);
Trouble set_cost(TaskSpec& task, std::string_view value, std::string_view launch_dir);

/// One token more, `count` of them.
Trouble set_token(TaskSpec& task, std::string_view name, std::string_view count);

}  // namespace farm
