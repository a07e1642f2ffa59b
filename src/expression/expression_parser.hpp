/// Turns the text of an expression into its tree. Everything that is not part of the language is refused here, with the
/// place and, where there is one, a way out.
#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "expression/expression_functions.hpp"
#include "expression/expression_scanner.hpp"
#include "expression/expression_tree.hpp"

namespace farm {

class ExpressionParser {
 public:
  explicit ExpressionParser(std::string_view text) : scan_(text) {}

  ExpressionTree parse();

 private:
  enum class Quoting { string, replacement, pattern };
  class Nested;

  // Statements and operators (expression_parser.cpp).
  NodePtr parse_statements(char until);
  NodePtr parse_statement();
  NodePtr parse_if(bool negated);
  NodePtr parse_block();
  NodePtr parse_expression();  ///< with commas and the words and, or, not
  NodePtr parse_or();
  NodePtr parse_and();
  NodePtr parse_not();
  NodePtr parse_list();
  NodePtr parse_binary(int least_level);
  NodePtr parse_conditional(NodePtr condition);
  NodePtr parse_unary();
  NodePtr parse_postfix();
  NodePtr assign(NodePtr target, NodePtr value, std::optional<Op> compound, std::size_t offset);
  NodePtr bind(NodePtr subject, NodePtr pattern, bool negated, std::size_t offset);

  // Terms (expression_terms.cpp).
  NodePtr parse_term();
  NodePtr parse_number();
  NodePtr parse_parenthesized();
  NodePtr parse_word();
  NodePtr parse_my();
  NodePtr parse_variable();
  NodePtr parse_array();
  NodePtr parse_job_method(std::size_t offset);
  NodePtr parse_call(const FunctionInfo& info, std::size_t offset);
  NodePtr parse_name(std::string_view word, std::size_t offset, NodePtr otherwise);
  bool has_operand() const;
  void finish_call(const FunctionInfo& info, ExpressionNode& call);
  void note_use(Function function, std::size_t offset);

  // Quotes and patterns (expression_quotes.cpp).
  NodePtr parse_quote_word(std::string_view word, std::size_t offset);
  NodePtr parse_single_quoted(TextRange range);
  NodePtr parse_match(std::size_t offset);
  NodePtr parse_substitution(std::size_t offset);
  NodePtr parse_transliteration(std::size_t offset);
  NodePtr interpolate(TextRange range, Quoting quoting);
  void interpolate_parts(ExpressionNode& into, Quoting quoting, bool nested);
  NodePtr interpolate_variable(Quoting quoting);
  NodePtr interpolate_array(Quoting quoting);
  char take_escape();
  std::string expand_ranges(TextRange range);
  void set_pattern(ExpressionNode& node, TextRange range, const std::string& flags, std::size_t kid);
  void compile_pattern(ExpressionNode& node, std::string_view pattern, std::size_t offset);

  // Nodes and names.
  NodePtr make(Op op, std::size_t offset) const;
  NodePtr make(Op op, std::size_t offset, NodePtr first, NodePtr second = nullptr, NodePtr third = nullptr) const;
  NodePtr make_constant(std::string text, std::size_t offset) const;
  void adopt(ExpressionNode& parent, NodePtr kid) const;
  NodePtr topic(std::size_t offset) const { return make(Op::topic, offset); }
  const std::size_t* find_declared(const std::string& sigil_and_name) const;
  void declare(std::string sigil_and_name, std::size_t index);
  [[noreturn]] void fail_undeclared(const std::string& sigil_and_name, std::size_t offset) const;
  void check_target(const ExpressionNode& target) const;

  ExpressionScanner scan_;
  ExpressionTree program_;
  std::vector<std::pair<std::string, std::size_t>> declared_{{"@arg", 0}};
  int nesting_ = 0;
};

/// Bounds how deep the parser calls itself.
class ExpressionParser::Nested {
 public:
  explicit Nested(ExpressionParser& parser) : parser_(parser) {
    if (++parser_.nesting_ > most) parser_.scan_.fail("this is nested too deeply");
  }
  ~Nested() { --parser_.nesting_; }
  Nested(const Nested&) = delete;
  Nested& operator=(const Nested&) = delete;

 private:
  static constexpr int most = 100;  // some kilobytes of stack each
  ExpressionParser& parser_;
};

}  // namespace farm
