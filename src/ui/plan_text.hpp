/// A plan as people read it, and as programs do.
#pragma once
#include <string>

#include "api/plan.hpp"

namespace farm {

std::string plan_text(const Plan& plan);

/// One JSON object, with a newline: the members of Plan.
std::string plan_json(const Plan& plan);

}  // namespace farm
