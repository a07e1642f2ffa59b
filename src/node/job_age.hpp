/// How long ago a batch system started the job that this process is part of.
#pragma once
#include <sys/types.h>

#include <optional>
#include <string>

#include "base/clock.hpp"

namespace farm {

/// The age of the outermost of `process` and its forebears that were started with `variable` in their environment: the
/// job's own shell, when the batch system set it. nullopt when none has it. `root` stands for "/" in tests; process 0
/// is the calling one.
std::optional<Nanos> job_age(const std::string& variable, const std::string& root = {}, pid_t process = 0);

}  // namespace farm
