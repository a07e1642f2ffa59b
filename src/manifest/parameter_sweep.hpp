/// A `[[sweep]]` that has been read: its parameters, what is excluded, and the patterns its tasks are made of. Knows
/// nothing of how it was written.
#pragma once
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "farm/task.hpp"
#include "manifest/condition.hpp"
#include "manifest/node.hpp"
#include "sweep/output_name.hpp"
#include "sweep/parameter_space.hpp"
#include "sweep/pattern.hpp"

namespace farm {

/// A combination of which no task can be made, and which text of the document is to blame.
class SweepError : public std::runtime_error {
 public:
  SweepError(const std::string& message, const Place& place) : std::runtime_error(message), place_(place) {}
  const Place& place() const noexcept { return place_; }

 private:
  Place place_;
};

/// A pattern and the string of the document it is.
struct PlacedPattern {
  Pattern pattern;
  Node text;
};

/// A condition and the string of the document it is.
struct PlacedCondition {
  Condition condition;
  Node text;
};

struct ParameterSweep {
  ParameterSpace space;
  std::vector<PlacedCondition> excluded;
  TaskSpec base;  ///< what is the same for all its tasks
  std::optional<PlacedPattern> command;
  std::vector<PlacedPattern> argv;
  std::vector<std::pair<std::string, PlacedPattern>> keys;                ///< as set_task_key takes them
  std::vector<std::pair<std::string, std::vector<PlacedPattern>>> lists;  ///< as set_task_list takes them
  Place place;
  std::string launch_dir;
  OutputNames output_names = OutputNames::stay;
  bool is_flawed = false;  ///< what was wrong in it is left out

  /// The task of combination `index`; nullopt when that is excluded. Throws SweepError.
  std::optional<TaskSpec> make(std::uint64_t index) const;

  /// Whether tasks have names, and the name of combination `index`: nullopt when that is excluded. Throws SweepError.
  bool has_names() const;
  std::optional<std::string> name(std::uint64_t index) const;

  /// How many combinations are not excluded. Takes its time. Throws SweepError.
  std::uint64_t count() const;
};

}  // namespace farm
