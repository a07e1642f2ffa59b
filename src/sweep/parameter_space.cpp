#include "sweep/parameter_space.hpp"

#include <fmt/format.h>

#include <utility>

#include "base/units.hpp"

namespace farm {
namespace {

void check_lengths(const std::vector<Parameter>& group) {
  for (const Parameter& parameter : group) {
    if (parameter.values.size == group.front().values.size) continue;
    throw ValueError(fmt::format("'{}' and '{}' go together, but have {} and {} values", group.front().name,
                                 parameter.name, format_count(group.front().values.size),
                                 format_count(parameter.values.size)));
  }
}

}  // namespace

ParameterSpace::ParameterSpace(std::vector<std::vector<Parameter>> groups) : groups_(std::move(groups)) {
  std::vector<std::string> sizes;
  bool is_too_many = false;
  for (const std::vector<Parameter>& group : groups_) {
    check_lengths(group);
    for (const Parameter& parameter : group) names_.push_back(parameter.name);
    sizes.push_back(format_count(group.front().values.size));
    is_too_many =
        __builtin_mul_overflow(size_, group.front().values.size, &size_) || size_ > most_values || is_too_many;
  }
  if (is_too_many) throw ValueError(fmt::format("{} combinations are more than 2^63", fmt::join(sizes, " x ")));
}

void ParameterSpace::combine(std::uint64_t index, std::vector<std::string>& values) const {
  values.resize(names_.size());
  std::size_t end = values.size();
  for (auto group = groups_.rbegin(); group != groups_.rend(); ++group) {
    const std::uint64_t size = group->front().values.size;
    end -= group->size();
    for (std::size_t i = 0; i < group->size(); ++i) values[end + i] = (*group)[i].values.at(index % size);
    index /= size;
  }
}

}  // namespace farm
