/// Opens what a task is to read on its standard input, before the task exists: what is not there keeps it from
/// starting.
#pragma once
#include <memory>
#include <string>

#include "base/unique_fd.hpp"
#include "shepherd/feed.hpp"
#include "shepherd/launcher.hpp"

namespace farm {

struct TaskInput {
  UniqueFd fd{};                 ///< for the new process; none: /dev/null, or `inherited`
  bool inherited = false;        ///< this process's own standard input
  std::unique_ptr<Feed> feed{};  ///< fills the pipe behind `fd`; null when that is none
  int error = 0;                 ///< the errno that keeps the task from starting
  std::string complaint{};       ///< what that is about, without an end of line

  /// The descriptor to be the process's 0; -1 for /dev/null.
  int descriptor() const { return inherited ? 0 : fd.get(); }
};

/// `stdin_file` goes before all else, and may also be a device such as /dev/null. One part that is all of its file is
/// the file itself, so that the task can seek in it; else the parts go through a pipe. They must be in regular files.
/// Without any part and without `may_inherit` there is nothing to read.
TaskInput open_input(const LaunchRequest& request, bool may_inherit);

}  // namespace farm
