/// A condition that has been read, as nodes that refer to one another by number. Plain data.
#pragma once
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

namespace farm {

/// What is wrong with a condition, or with its values, and where in its text.
class ConditionError : public std::runtime_error {
 public:
  ConditionError(const std::string& message, std::size_t offset) : std::runtime_error(message), offset_(offset) {}
  std::size_t offset() const noexcept { return offset_; }

 private:
  std::size_t offset_;
};

struct ConditionNode {
  enum class Kind : std::uint8_t {
    number,  ///< `number`, written as `text`
    text,
    parameter,
    negative,  ///< of `left`
    sum,
    difference,
    product,
    quotient,
    remainder,
    equal,
    unequal,
    less,
    at_most,
    greater,
    at_least,
    both,
    either,
    opposite,  ///< of `left`
  };

  Kind kind = Kind::number;
  std::size_t at = 0;         ///< in the condition's text
  long double number = 0;     ///< exact for 64-bit integers
  std::string text;           ///< of a number or a text; the name of a parameter
  std::size_t parameter = 0;  ///< which of the names
  std::uint32_t left = 0;     ///< operands, in the tree
  std::uint32_t right = 0;
};

/// Operands come before what is made of them; the last node is the condition.
using ConditionTree = std::vector<ConditionNode>;

}  // namespace farm
