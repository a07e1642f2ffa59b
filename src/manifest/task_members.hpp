/// The members of a table that describes a task, in TOML or in JSON. Knows neither of them, nor sweeps.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "farm/task.hpp"
#include "manifest/node.hpp"

namespace farm {

/// Sets in `task` what `member` says: `command`, a string or an array; `env`, a table; or one of the keys that are
/// written as text. What is bad is complained about and left out.
void set_task_member(TaskSpec& task, const NodeMember& member, const std::string& launch_dir,
                     const ComplainAt& complain);

/// What to tell the user when `task` has no command, or one that the system would not take. nullopt for a good one.
std::optional<std::string> complaint_about_command(const TaskSpec& task);

/// `argv` as a shell line: what a task without one is shown as in messages and records.
std::string shown_command(const std::vector<std::string>& argv);

/// Complains about the kind of `node`, the value of `key`, unless it is as `expected`.
bool check_kind(bool is_expected, const Node& node, std::string_view key, std::string_view expected,
                const ComplainAt& complain);

}  // namespace farm
