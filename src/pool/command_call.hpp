/// How a function that the pool runs has a command run in its place.
#pragma once
#include "farm/function.hpp"
#include "pool/command_desk.hpp"

namespace farm {

/// Blocks until it has ended. Throws Error where there is nobody to start it.
CommandResult run_command(const detail::CallContext& context, Command command);

}  // namespace farm
