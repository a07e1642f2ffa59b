/// Conditions on the values of a sweep's parameters: `T > 300 and mode == 'fast'`. For now comparisons joined by `and`;
/// this is the only place that knows what a condition looks like.
#pragma once
#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace farm {

class ConditionError : public std::runtime_error {
 public:
  ConditionError(const std::string& message, std::size_t offset) : std::runtime_error(message), offset_(offset) {}
  std::size_t offset() const noexcept { return offset_; }

 private:
  std::size_t offset_;
};

class Condition {
 public:
  /// `names` are those of the parameters. Throws ConditionError.
  Condition(std::string_view text, const std::vector<std::string>& names);

  /// For one value per name. Two numbers are compared as numbers, everything else as text.
  bool holds(const std::vector<std::string>& values) const;

 private:
  enum class Relation { equal, unequal, less, at_most, greater, at_least };
  struct Comparison {
    std::size_t parameter = 0;
    Relation relation = Relation::equal;
    std::string literal;
  };

  std::vector<Comparison> comparisons_;
};

}  // namespace farm
