/// Simulated runs as people read them, and as programs do.
#pragma once
#include <string>

#include "api/simulate.hpp"

namespace farm {

std::string simulation_text(const SimulatedRuns& runs);

/// One JSON object, with a newline; times in seconds, shares from 0 to 1.
std::string simulation_json(const SimulatedRuns& runs);

}  // namespace farm
