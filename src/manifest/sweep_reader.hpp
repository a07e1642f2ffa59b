/// From a `[[sweep]]` table to a ParameterSweep. Knows which keys there are; reads files with values, relative to the
/// manifest.
#pragma once
#include <optional>
#include <string>

#include "manifest/node.hpp"
#include "manifest/parameter_sweep.hpp"
#include "manifest/parameter_values.hpp"

namespace farm {

struct SweepContext {
  ValueFiles files;
  std::string launch_dir;
  OutputNames output_names = OutputNames::stay;
  TaskSpec defaults;
  ComplainAt complain;
};

/// nullopt when its parameters are wrong; after other complaints it is flawed.
std::optional<ParameterSweep> read_sweep(const Node& table, const SweepContext& context);

}  // namespace farm
