#include "manifest/parameter_sweep.hpp"

#include <algorithm>

#include "manifest/task_keys.hpp"
#include "manifest/task_lists.hpp"
#include "manifest/task_members.hpp"

namespace farm {
namespace {

std::string fill(const PlacedPattern& placed, const std::vector<std::string>& values, std::uint64_t number) {
  try {
    return placed.pattern.fill(values, number);
  } catch (const PatternError& error) {
    throw SweepError(error.what(), placed.text.inside(error.offset()));
  }
}

// As fill(), for what may be the name of a file that the task makes.
std::string fill_key(const ParameterSweep& sweep, std::string_view key, const PlacedPattern& placed,
                     const std::vector<std::string>& values, std::uint64_t number) {
  std::string text = fill(placed, values, number);
  if (sweep.output_names == OutputNames::stay && makes_files(key)) {
    if (const auto trouble = complaint_about_output(text, placed.pattern.beginning())) {
      throw SweepError(*trouble, placed.text.place);
    }
  }
  return text;
}

bool is_excluded(const std::vector<PlacedCondition>& conditions, const std::vector<std::string>& values) {
  return std::any_of(conditions.begin(), conditions.end(), [&](const PlacedCondition& excluded) {
    try {
      return excluded.condition.holds(values);
    } catch (const ConditionError& error) {
      throw SweepError(error.what(), excluded.text.inside(error.offset()));
    }
  });
}

const PlacedPattern* find_name(const ParameterSweep& sweep) {
  const auto found =
      std::find_if(sweep.keys.begin(), sweep.keys.end(), [](const auto& key) { return key.first == "name"; });
  return found == sweep.keys.end() ? nullptr : &found->second;
}

}  // namespace

std::optional<TaskSpec> ParameterSweep::make(std::uint64_t index) const {
  std::vector<std::string> values;
  space.combine(index, values);
  if (is_excluded(excluded, values)) return std::nullopt;
  TaskSpec task = base;
  if (command) task.command = fill(*command, values, index + 1);
  for (const PlacedPattern& argument : argv) task.argv.push_back(fill(argument, values, index + 1));
  if (!task.argv.empty()) task.command = shown_command(task.argv);
  if (const auto trouble = complaint_about_command(task); trouble && !is_flawed) throw SweepError(*trouble, place);
  for (const auto& [key, pattern] : keys) {
    if (const auto trouble = set_task_key(task, key, fill_key(*this, key, pattern, values, index + 1), launch_dir)) {
      throw SweepError(*trouble, pattern.text.place);
    }
  }
  for (const auto& [key, patterns] : lists) {
    std::vector<std::string> items;
    for (const PlacedPattern& pattern : patterns) {
      items.push_back(fill_key(*this, key, pattern, values, index + 1));
    }
    const auto troubles = set_task_list(task, key, std::move(items));
    if (!troubles.empty()) throw SweepError(troubles[0].message, patterns[troubles[0].item].text.place);
  }
  task.values = std::move(values);
  return task;
}

bool ParameterSweep::has_names() const { return !base.name.empty() || find_name(*this) != nullptr; }

std::optional<std::string> ParameterSweep::name(std::uint64_t index) const {
  std::vector<std::string> values;
  space.combine(index, values);
  if (is_excluded(excluded, values)) return std::nullopt;
  const PlacedPattern* const pattern = find_name(*this);
  return pattern == nullptr ? base.name : fill(*pattern, values, index + 1);
}

std::uint64_t ParameterSweep::count() const {
  if (excluded.empty()) return space.size();
  std::uint64_t left = 0;
  std::vector<std::string> values;
  for (std::uint64_t i = 0; i < space.size(); ++i) {
    space.combine(i, values);
    if (!is_excluded(excluded, values)) ++left;
  }
  return left;
}

}  // namespace farm
