/// Conditions on the values of a sweep's parameters: `mode == 'fast' or (size * 2 > 100 and not seed == 3)`. Knows
/// nothing of sweeps; the language is that of condition_parser.hpp.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "manifest/condition_tree.hpp"

namespace farm {

class Condition {
 public:
  /// `names` are those of the parameters. Throws ConditionError.
  Condition(std::string_view text, const std::vector<std::string>& names);

  /// For one value per name. Two numbers are compared as numbers, everything else as text; only numbers can be computed
  /// with; what stands for itself must be true or false. Throws ConditionError when a value is of another kind.
  bool holds(const std::vector<std::string>& values) const;

 private:
  ConditionTree tree_;
};

}  // namespace farm
