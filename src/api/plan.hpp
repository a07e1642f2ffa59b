/// What a run would do, found out without running anything or changing a file.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "farm/options.hpp"

namespace farm {

struct Plan {
  struct Line {
    std::uint64_t task = 1;  ///< from 1
    std::string command;
  };

  std::uint64_t seen = 0;              ///< tasks that were looked at: the first million
  std::optional<std::uint64_t> total;  ///< in all; absent when only the end of a stream or of exclusions would tell
  std::vector<Line> first;
  std::vector<Line> last;  ///< without those in `first`; empty when not all were looked at

  std::string run_dir;             ///< where an earlier run was found; empty: there is none, or none is wanted
  bool is_same_manifest = false;   ///< as in that run; else tasks are told apart by what they run
  std::uint64_t done = 0;          ///< succeeded there: not run again
  std::uint64_t failed = 0;        ///< failed for good: run again; known for the same manifest only
  std::uint64_t cut_short = 0;     ///< were running when it ended: run again; known for the same manifest only
  std::uint64_t to_run = 0;        ///< of those looked at, with failed and cut_short
  std::uint64_t skipped = 0;       ///< `skip()`, `--filter`, a job log
  std::vector<std::string> slips;  ///< what is probably not meant, one line each, the first twenty
  std::uint64_t more_slips = 0;
};

/// Throws Error (usage) as the run itself would.
Plan make_plan(const RunOptions& options);

}  // namespace farm
