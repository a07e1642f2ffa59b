/// From a `[[sweep]]` table to the space of its parameters. Knows nothing of the tasks that are made of them.
#pragma once
#include <optional>

#include "manifest/node.hpp"
#include "manifest/parameter_values.hpp"
#include "sweep/parameter_space.hpp"

namespace farm {

/// nullopt after a complaint.
std::optional<ParameterSpace> read_parameters(const Node& table, const ValueFiles& files, const ComplainAt& complain);

}  // namespace farm
