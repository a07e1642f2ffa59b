/// The keys of a task that are written as text, and what their values mean. Knows nothing of where they were read.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "farm/task.hpp"

namespace farm {

/// How a manifest writes keys: one environment variable is `env.NAME=value`, or all are a table `env`, beside the
/// `command`, which lines have without a key.
enum class KeyForm { line, table };

/// What to tell the user when `key` is none: the key that was probably meant, or all there are. `others` are the keys
/// that are good there, too. nullopt for a good one.
std::optional<std::string> complaint_about_key(std::string_view key, KeyForm form = KeyForm::line,
                                               const std::vector<std::string>& others = {});

/// What a document may have as the value of a key, beside a string as in a line.
enum class KeyKind {
  text,
  quantity,  ///< a number
  list,      ///< an array of strings: see task_lists.hpp
  table,     ///< names and numbers, each set under `key.NAME`
};

KeyKind kind_of_key(std::string_view key);

/// Whether `key` says that its task waits for others, or that others may wait for it (see TaskSource::Links).
bool asks_for_tasks(std::string_view key);
bool makes_files(std::string_view key);

/// Sets `key` of `task`, a good one. A relative `cwd` is taken from `launch_dir`; `retries` counts all attempts, as
/// `--retries` does; a `timeout` of 0 is none; lists have commas or blanks between their items. Returns what to tell
/// the user when the value is bad; `task` is unchanged then.
std::optional<std::string> set_task_key(TaskSpec& task, std::string_view key, std::string_view value,
                                        std::string_view launch_dir);

}  // namespace farm
