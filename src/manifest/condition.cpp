#include "manifest/condition.hpp"

#include <fmt/format.h>

#include <cmath>
#include <compare>
#include <optional>

#include "base/text.hpp"
#include "manifest/condition_parser.hpp"
#include "manifest/condition_scanner.hpp"

namespace farm {
namespace {

using Kind = ConditionNode::Kind;

class Evaluation {
 public:
  Evaluation(const ConditionTree& tree, const std::vector<std::string>& values) : tree_(tree), values_(values) {}

  bool truth(std::uint32_t index) const {
    const ConditionNode& node = tree_[index];
    if (node.kind == Kind::both) return truth(node.left) && truth(node.right);
    if (node.kind == Kind::either) return truth(node.left) || truth(node.right);
    if (node.kind == Kind::opposite) return !truth(node.left);
    if (node.kind >= Kind::equal) return compare(node);
    const std::string_view text = text_of(node);
    if (text == "true" || text == "false") return text == "true";
    throw wrong_kind(node, "true or false");
  }

 private:
  static bool has_text(const ConditionNode& node) { return node.kind <= Kind::parameter; }

  std::string_view text_of(const ConditionNode& node) const {
    return node.kind == Kind::parameter ? values_[node.parameter] : node.text;
  }

  ConditionError wrong_kind(const ConditionNode& node, std::string_view expected) const {
    return {fmt::format("'{}' is '{}', not {}", printable(node.text), printable(text_of(node)), expected), node.at};
  }

  // nullopt for a text that is none.
  std::optional<long double> number_in(const ConditionNode& node) const {
    if (node.kind == Kind::number) return node.number;
    return has_text(node) ? parse_condition_number(text_of(node)) : computed(node);
  }

  long double number(std::uint32_t index) const {
    const auto found = number_in(tree_[index]);
    if (!found) throw wrong_kind(tree_[index], "a number");
    return *found;
  }

  long double computed(const ConditionNode& node) const {
    const long double left = number(node.left);
    if (node.kind == Kind::negative) return -left;
    const long double right = number(node.right);
    const bool divides = node.kind == Kind::quotient || node.kind == Kind::remainder;
    if (divides && right == 0) throw ConditionError("this divides by zero", node.at);
    const long double result = combine(node.kind, left, right);
    if (!std::isfinite(result)) throw ConditionError("this number is too large", node.at);
    return result;
  }

  static long double combine(Kind kind, long double left, long double right) {
    if (kind == Kind::sum) return left + right;
    if (kind == Kind::difference) return left - right;
    if (kind == Kind::product) return left * right;
    if (kind == Kind::quotient) return left / right;
    // With the sign of the divisor, as in Python: -1 % 3 is 2.
    const long double rest = std::fmod(left, right);
    return rest != 0 && (rest < 0) != (right < 0) ? rest + right : rest;
  }

  std::partial_ordering order(const ConditionNode& left, const ConditionNode& right) const {
    const auto a = number_in(left);
    const auto b = number_in(right);
    if (a && b) return *a <=> *b;
    // What was computed has no text.
    if (!has_text(left)) throw wrong_kind(right, "a number");
    if (!has_text(right)) throw wrong_kind(left, "a number");
    return text_of(left) <=> text_of(right);
  }

  bool compare(const ConditionNode& node) const {
    const auto found = order(tree_[node.left], tree_[node.right]);
    if (node.kind == Kind::equal) return found == 0;
    if (node.kind == Kind::unequal) return found != 0;
    if (node.kind == Kind::less) return found < 0;
    if (node.kind == Kind::at_most) return found <= 0;
    return node.kind == Kind::greater ? found > 0 : found >= 0;
  }

  const ConditionTree& tree_;
  const std::vector<std::string>& values_;
};

}  // namespace

Condition::Condition(std::string_view text, const std::vector<std::string>& names)
    : tree_(parse_condition(text, names)) {}

bool Condition::holds(const std::vector<std::string>& values) const {
  return Evaluation(tree_, values).truth(static_cast<std::uint32_t>(tree_.size() - 1));
}

}  // namespace farm
