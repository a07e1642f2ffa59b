/// Evaluates a parsed expression for one job. One evaluator, one evaluation.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sweep/expression.hpp"
#include "sweep/expression_tree.hpp"

namespace farm {

class ExpressionEvaluator {
 public:
  ExpressionEvaluator(const ExpressionTree& program, const ExpressionContext& context);

  /// The value of the last statement; may refer to the program, the context and this evaluator.
  Scalar run();
  const Scalar& topic() const { return topic_; }
  bool skips() const { return skips_; }
  bool quotes() const { return quotes_; }

 private:
  Scalar scalar(const Node& node);
  void list(const Node& node, Scalars& out);
  bool truth(const Node& node) { return scalar(node).is_true(); }
  Scalar arithmetic(Op op, const Scalar& left, const Scalar& right, std::size_t offset);
  Scalar comparison(Op op, const Scalar& left, const Scalar& right);
  Scalar repeat(const Scalar& text, const Scalar& times, std::size_t offset);
  void repeat_list(const Node& node, Scalars& out);
  Scalar concatenate(const Scalar& left, const Scalar& right, std::size_t offset);
  Scalar logic(const Node& node);
  Scalar element(std::size_t array, std::int64_t subscript) const;
  std::size_t array_size(std::size_t array) const;
  Scalar capture(std::size_t group) const;
  Scalar name(const Node& node);
  Scalar assign(const Node& node);
  std::size_t assign_list(const Node& node);
  Scalar increment(const Node& node);
  Scalar negated(const Scalar& value) const;
  Scalar interpolated(const Node& node);
  Scalar& place(const Node& target);

  // Patterns and functions (expression_calls.cpp).
  const Regex& pattern(const Node& node, std::size_t kid, std::optional<Regex>& made);
  bool match(const Node& node, Scalars* captures);
  Scalar substitute(const Node& node);
  Scalar transliterate(const Node& node);
  void remember(const RegexMatch& match, std::string_view subject);
  void split(const Node& node, Scalars& out);
  Scalar call(const Node& node);
  Scalar call_text(const Node& node);
  Scalar call_number(const Node& node);
  Scalar call_place(const Node& node);
  Scalar joined(std::string_view separator, const Scalars& parts, std::size_t from, std::size_t offset);

  /// A text as a value; fails if it is too long.
  Scalar made(std::string text, std::size_t offset);
  void spend(std::size_t bytes, std::size_t offset);
  [[noreturn]] void fail(const std::string& message, std::size_t offset) const {
    throw ExpressionError(message, offset);
  }

  const ExpressionTree& program_;
  const ExpressionContext& context_;
  Scalar topic_;
  Scalars variables_;
  std::vector<Scalars> arrays_;  ///< the first, @arg, is the context's
  struct {
    std::string subject;
    std::vector<std::pair<std::size_t, std::size_t>> ranges;
  } captures_;
  std::size_t spent_ = 0;
  bool skips_ = false;
  bool quotes_ = true;
};

}  // namespace farm
