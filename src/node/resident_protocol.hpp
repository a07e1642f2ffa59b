/// What farm and a resident program say to each other: a task is one line for it to read, its answer is one line for it
/// to print. Pure; knows nothing of processes.
///
/// Plain lines: the task's command is the line, and whatever line comes back is the task's output.
///
///     $ farm jobs.txt --resident 'bc -l'          1/3   ->   .33333333333333333333
///
/// JSON Lines: an object either way. `args` are the values of a sweep; in the answer everything is optional: `status`
/// (0, an exit status), `out` and `err` (what the task is to have printed), or, instead of `out`, `result`, any value,
/// which becomes its line. A `task` that is given must be the one that was asked about.
///
///     {"task":3,"attempt":1,"slot":2,"command":"a 1","args":["a","1"]}   ->   {"status":0,"out":"7\n"}
///
/// In both a program that takes long to start may print `ready` (or `{"ready":true}`) before its first answer: the time
/// of the task it was started for is counted from there.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "farm/options.hpp"
#include "shepherd/launcher.hpp"

namespace farm {

/// What it was told, with its newline; or why it cannot be.
struct ResidentLine {
  std::string line;
  std::string problem;
};

struct ResidentAnswer {
  bool is_ready = false;  ///< no answer yet: only that it has started
  int status = 0;
  std::string out;
  std::string err;
  std::string problem;  ///< not empty: it is no answer at all
};

ResidentLine ask_resident(ResidentProtocol protocol, const LaunchRequest& request);

/// `line` without its newline; `task` is the number the program was told.
ResidentAnswer read_resident(ResidentProtocol protocol, std::string_view line, std::uint64_t task);

}  // namespace farm
