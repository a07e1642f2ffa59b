/// The command line of `farm simulate`, as a value.
#pragma once
#include "api/simulate.hpp"
#include "ui/arguments.hpp"

namespace farm {

/// `farm simulate RUN|MANIFEST --ranks 16,64`.
struct SimulateCommand {
  SimulateOptions options;
  bool json = false;
};

/// Throws Error (usage).
SimulateCommand parse_simulate_line(Arguments arguments);

}  // namespace farm
