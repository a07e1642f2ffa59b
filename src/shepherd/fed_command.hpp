/// Commands that take their data from a file or FIFO, whose name is in $PARALLEL_TMP, instead of from standard input.
/// Pure text.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "shepherd/launcher.hpp"

namespace farm {

/// What runs the command of `request` with `shell` after its standard input has become a file (PARALLEL_TMP=file in its
/// env) or goes through a FIFO (PARALLEL_TMP=fifo), and takes that away again; ends as the command does. nullopt when
/// the request does not ask for it.
std::optional<std::vector<std::string>> fed_command(const LaunchRequest& request, const std::string& shell);

}  // namespace farm
