/// Evaluates a parsed expression for one job. One evaluator, one evaluation.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "expression/expression.hpp"
#include "expression/expression_tree.hpp"

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
  Scalar scalar(const ExpressionNode& node);
  void list(const ExpressionNode& node, Scalars& out);
  bool truth(const ExpressionNode& node) { return scalar(node).is_true(); }
  Scalar arithmetic(Op op, const Scalar& left, const Scalar& right, std::size_t offset);
  Scalar comparison(Op op, const Scalar& left, const Scalar& right);
  Scalar repeat(const Scalar& text, const Scalar& times, std::size_t offset);
  void repeat_list(const ExpressionNode& node, Scalars& out);
  Scalar concatenate(const Scalar& left, const Scalar& right, std::size_t offset);
  Scalar logic(const ExpressionNode& node);
  Scalar element(std::size_t array, std::int64_t subscript) const;
  std::size_t array_size(std::size_t array) const;
  Scalar capture(std::size_t group) const;
  Scalar name(const ExpressionNode& node);
  Scalar assign(const ExpressionNode& node);
  std::size_t assign_list(const ExpressionNode& node);
  Scalar increment(const ExpressionNode& node);
  Scalar negated(const Scalar& value) const;
  Scalar interpolated(const ExpressionNode& node);
  Scalar& place(const ExpressionNode& target);

  // Patterns and functions (expression_calls.cpp).
  const Regex& pattern(const ExpressionNode& node, std::size_t kid, std::optional<Regex>& made);
  const Regex& compile(const std::string& text, RegexOptions options, std::size_t offset, std::optional<Regex>& made);
  bool match(const ExpressionNode& node, Scalars* captures);
  Scalar substitute(const ExpressionNode& node);
  Scalar transliterate(const ExpressionNode& node);
  void remember(const RegexMatch& match, std::shared_ptr<const std::string> subject);
  void split(const ExpressionNode& node, Scalars& out);
  Scalar call(const ExpressionNode& node);
  Scalar call_text(const ExpressionNode& node);
  Scalar call_number(const ExpressionNode& node);
  Scalar call_place(const ExpressionNode& node);
  Scalar joined(std::string_view separator, const Scalars& parts, std::size_t from, std::size_t offset);

  /// A text as a value; fails if it is too long.
  Scalar made(std::string text, std::size_t offset);
  /// For a text that is made; fails if it is too long.
  void spend(std::size_t bytes, std::size_t offset);
  /// For everything else that is done: no text is copied or looked through for nothing.
  void take(std::size_t steps, std::size_t offset);
  Scalar read(Scalar value, std::size_t offset);
  [[noreturn]] void fail(const std::string& message, std::size_t offset) const {
    throw ExpressionError(message, offset);
  }

  const ExpressionTree& program_;
  const ExpressionContext& context_;
  Scalar topic_;
  Scalars variables_;
  std::vector<Scalars> arrays_;  ///< the first, @arg, is the context's
  struct {
    std::shared_ptr<const std::string> subject;
    std::vector<std::pair<std::size_t, std::size_t>> ranges;
  } captures_;
  std::size_t left_;  ///< of what this evaluation may do
  bool skips_ = false;
  bool quotes_ = true;
};

}  // namespace farm
