/// The keys of a task that are written as text, and what their values mean. Knows nothing of where they were read.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "farm/task.hpp"

namespace farm {

/// What to tell the user when `key` is none: the key that was probably meant, or all there are. nullopt for a good
/// one.
std::optional<std::string> complaint_about_key(std::string_view key);

/// Sets `key` of `task`, a good one. A relative `cwd` is taken from `launch_dir`; `retries` counts all attempts, as
/// `--retries` does; a `timeout` of 0 is none. Returns what to tell the user when the value is bad; `task` is unchanged
/// then.
std::optional<std::string> set_task_key(TaskSpec& task, std::string_view key, std::string_view value,
                                        std::string_view launch_dir);

}  // namespace farm
