/// The one place where text that depends on the slot gets it: in the worker when a task starts, and in the master when
/// it learns in which slot a task ran.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "farm/task.hpp"
#include "shepherd/launcher.hpp"

namespace farm {

/// To be called when `request.slot` is known and before anything of the request is used. Returns why an expression has
/// no value in this slot, else nothing; such a task cannot be started.
std::string fill_slot(LaunchRequest& request);

/// The task as it ran in `slot`; nullopt when it is the same in all of them, as most are.
std::optional<TaskSpec> at_slot(const TaskSpec& task, std::uint32_t slot);

/// The command as a line for people and for logs, whichever way it is given.
std::string command_line(const TaskSpec& task);

/// `task` as it may be shown and written down: without the secrets that base/redact.hpp knows in its command, name,
/// tag, values and results.
TaskSpec redacted(const TaskSpec& task);

}  // namespace farm
