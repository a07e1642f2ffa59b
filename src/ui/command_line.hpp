/// From argv to what the user wants, as a value. Reads no environment, no file but a sweep's profiles, prints nothing:
/// a manifest that does not exist is found out by whoever opens it.
#pragma once
#include <string>
#include <variant>
#include <vector>

#include "farm/options.hpp"
#include "ui/simulate_line.hpp"
#include "ui/sweep_defaults.hpp"

namespace farm {

/// `farm MANIFEST`, `farm run MANIFEST`.
struct RunCommand {
  RunOptions options;
};

/// `farm plan MANIFEST`, `farm plan sweep COMMAND ::: VALUE...`.
struct PlanCommand {
  RunOptions options;
  bool json = false;
};

enum class OutputStreams { both, out, err };

/// `farm output RUN TASK...`.
struct OutputCommand {
  std::string run;                 ///< a run directory, or the manifest whose run is meant
  std::vector<std::string> tasks;  ///< numbers from 1 or names; empty exactly when `all` is set
  bool all = false;
  OutputStreams streams = OutputStreams::both;
};

/// `--help`, `--version`: to be printed on standard output as it is.
struct PrintCommand {
  std::string text;
};

using Command = std::variant<RunCommand, PlanCommand, SimulateCommand, OutputCommand, PrintCommand>;

/// Throws Error (usage) for what is not understood, with the nearest thing that would be. `argv` may be empty.
Command parse_command_line(int argc, const char* const* argv, const SweepDefaults& defaults = {});

}  // namespace farm
