/// A small safe part of Perl, for what users write between {= and =} and for conditions over a sweep's parameters: it
/// computes a text from a job's values and can do nothing else. No loops, no files, no processes, no clock; what one
/// evaluation may produce is bounded. Knows nothing of where jobs come from.
///
///   $_=sprintf("%04d", seq())    s/\.[^.]+$//    $_ = $arg[1] * 2    skip() if $_ > 5    temperature > 300 and seed ==
///   2
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace farm {

struct ExpressionTree;

/// Not an expression, or one that has no value for this job.
class ExpressionError : public std::runtime_error {
 public:
  ExpressionError(const std::string& message, std::size_t offset) : std::runtime_error(message), offset_(offset) {}
  /// Into the text, for a caret.
  std::size_t offset() const noexcept { return offset_; }

 private:
  std::size_t offset_;
};

/// One job. Everything in it must live while an expression is evaluated.
struct ExpressionContext {
  std::string_view value;                       ///< $_ at the start
  std::span<const std::string_view> arguments;  ///< $arg[1] and on: the job's values
  /// Columns and parameters by name, good for as long as the context; may be empty.
  std::function<std::optional<std::string_view>(std::string_view name)> lookup;
  std::uint64_t sequence = 0;
  std::optional<std::uint64_t> total;
  std::optional<std::uint32_t> slot;
};

struct ExpressionResult {
  std::string value;  ///< $_ at the end
  bool skip = false;  ///< skip() was called: there is no such job
  bool quote = true;  ///< false after uq(): the value is part of the command as it stands
};

/// Immutable once parsed, but not for two threads at once.
class Expression {
 public:
  struct Name {
    std::string name;
    std::size_t offset;
  };

  /// Throws ExpressionError; also for what is Perl, but not available here.
  static Expression parse(std::string_view text);
  Expression(Expression&&) noexcept;
  Expression& operator=(Expression&&) noexcept;
  ~Expression();

  /// Runs it on $_. All of these throw ExpressionError when there is no value: a division by zero, an unknown name.
  ExpressionResult evaluate(const ExpressionContext& context) const;
  /// The value of its last statement.
  std::string value(const ExpressionContext& context) const;
  double number(const ExpressionContext& context) const;
  bool is_true(const ExpressionContext& context) const;

  /// An expression that needs nothing but the slot, and gives what this one gives in `context` once that is known.
  /// Never quoted afterwards unless `quote`.
  std::string freeze(const ExpressionContext& context, bool quote = true) const;

  bool uses_slot() const;
  bool uses_total() const;
  /// The columns and parameters it needs.
  std::vector<Name> names() const;

 private:
  Expression(std::string text, ExpressionTree program);

  std::string text_;
  std::unique_ptr<const ExpressionTree> program_;
};

}  // namespace farm
