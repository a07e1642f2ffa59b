/// From a `[[sweep]]` table to a ParameterSweep. Knows which keys there are; reads files with values, relative to the
/// manifest.
#pragma once
#include <optional>
#include <string>

#include "base/fingerprint.hpp"
#include "manifest/node.hpp"
#include "manifest/parameter_sweep.hpp"

namespace farm {

struct SweepContext {
  std::string directory;  ///< where files with values are looked for
  std::string launch_dir;
  TaskSpec defaults;
  ComplainAt complain;
  Fingerprinter* digest = nullptr;  ///< is fed with what is read
};

/// nullopt after a complaint.
std::optional<ParameterSweep> read_sweep(const Node& table, const SweepContext& context);

}  // namespace farm
