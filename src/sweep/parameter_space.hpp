/// All combinations of the values of named parameters, as a cursor over their product: any combination is computed from
/// its number, none is stored. Knows nothing of tasks.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "sweep/values.hpp"

namespace farm {

struct Parameter {
  std::string name;
  Values values;
};

class ParameterSpace {
 public:
  /// The parameters of one group go together, first with first; groups are crossed, the last one fastest. No group is
  /// empty. Throws ValueError when a group's parameters are not equally long, or for more than 2^63 combinations.
  explicit ParameterSpace(std::vector<std::vector<Parameter>> groups);

  /// Of all parameters, group by group.
  const std::vector<std::string>& names() const { return names_; }
  std::uint64_t size() const { return size_; }

  /// The values of combination `index`, in the order of the names.
  void combine(std::uint64_t index, std::vector<std::string>& values) const;

 private:
  std::vector<std::vector<Parameter>> groups_;
  std::vector<std::string> names_;
  std::uint64_t size_ = 1;
};

}  // namespace farm
