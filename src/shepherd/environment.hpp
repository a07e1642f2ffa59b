/// What tasks find in their environment. Pure: whoever calls passes the environment in.
#pragma once
#include <sys/types.h>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "shepherd/protocol.hpp"

namespace farm {

/// True for what an MPI launcher sets for one process only: with it, a task that uses MPI itself dies. What a user sets
/// to tune Open MPI is not of that kind.
bool is_launcher_variable(std::string_view name);

/// What all tasks of a rank get, as NAME=VALUE: `inherited` without the launcher's variables and without what an outer
/// farm set for its own task and, where GPUs are assigned, without all that choose among them, plus FARM_RANK,
/// FARM_RUN_DIR and the shepherd's mark (process_tree.hpp).
std::vector<std::string> common_environment(std::span<const std::string_view> inherited, const Settings& settings,
                                            std::string_view mark);

/// What this one gets on top of (or in place of) the common environment, the request's own variables last: what a task
/// sets itself counts for its threads and GPUs, too.
std::vector<std::string> own_environment(const LaunchRequest& request, pid_t shepherd,
                                         const std::vector<std::string>& gpu_variables = {});

/// Common and own together: a name that `own` sets is left out of `common`, the last of several equal ones in `own`
/// holds. The pointers lead into the arguments; a null pointer ends them, as execve wants it.
std::vector<char*> merge_environment(std::vector<std::string>& common, std::vector<std::string>& own);

/// The value of `name`, or empty when it is not set.
std::string_view find_variable(std::span<char* const> environment, std::string_view name);

}  // namespace farm
