#include "manifest/condition_parser.hpp"

#include <fmt/format.h>

#include <array>
#include <initializer_list>
#include <utility>

#include "base/text.hpp"
#include "manifest/condition_scanner.hpp"

namespace farm {
namespace {

using Kind = ConditionNode::Kind;
using Word = ConditionWord::Kind;

// Bounds of recursion, here and where a condition is evaluated. Nobody writes as much.
constexpr std::size_t most_nodes = 1000;
constexpr int deepest = 100;

bool is_truth(Kind kind) { return kind >= Kind::equal; }
bool is_number(Kind kind) { return kind == Kind::number || (kind >= Kind::negative && kind <= Kind::remainder); }

struct Operator {
  std::string_view written;
  Kind kind;
};
constexpr std::array<Operator, 6> comparisons{{{"==", Kind::equal},
                                               {"!=", Kind::unequal},
                                               {"<=", Kind::at_most},
                                               {">=", Kind::at_least},
                                               {"<", Kind::less},
                                               {">", Kind::greater}}};
constexpr std::array<Operator, 2> sums{{{"+", Kind::sum}, {"-", Kind::difference}}};
constexpr std::array<Operator, 3> products{{{"*", Kind::product}, {"/", Kind::quotient}, {"%", Kind::remainder}}};

class Parser {
 public:
  Parser(std::string_view text, const std::vector<std::string>& names) : scanner_(text, names) { advance(); }

  ConditionTree parse() {
    const std::uint32_t condition = either();
    if (word_.kind != Word::end) fail("expected 'and', 'or' or the end");
    expect_truth(condition);
    return std::move(tree_);
  }

 private:
  // --- the grammar ---

  std::uint32_t either() { return joined("or", Kind::either, &Parser::both); }
  std::uint32_t both() { return joined("and", Kind::both, &Parser::opposite); }

  std::uint32_t joined(std::string_view link, Kind kind, std::uint32_t (Parser::*operand)()) {
    std::uint32_t left = (this->*operand)();
    while (word_.is(Word::word, link)) {
      expect_truth(left);
      const std::size_t at = take();
      const std::uint32_t right = (this->*operand)();
      expect_truth(right);
      left = add({.kind = kind, .at = at, .left = left, .right = right});
    }
    return left;
  }

  std::uint32_t opposite() {
    if (!word_.is(Word::word, "not")) return comparison();
    const Depth depth(*this);
    const std::size_t at = take();
    const std::uint32_t operand = opposite();
    expect_truth(operand);
    return add({.kind = Kind::opposite, .at = at, .left = operand});
  }

  std::uint32_t comparison() {
    const std::uint32_t left = sum();
    const Operator* const relation = find(comparisons);
    if (relation == nullptr) return left;
    expect_value(left);
    const std::size_t at = take();
    const std::uint32_t right = sum();
    expect_value(right);
    if (find(comparisons) != nullptr) fail("one comparison at a time: join two by 'and'");
    return add({.kind = relation->kind, .at = at, .left = left, .right = right});
  }

  std::uint32_t sum() { return computed(sums, &Parser::product); }
  std::uint32_t product() { return computed(products, &Parser::factor); }

  template <class Operators>
  std::uint32_t computed(const Operators& operators, std::uint32_t (Parser::*operand)()) {
    std::uint32_t left = (this->*operand)();
    while (const Operator* const found = find(operators)) {
      expect_number(left);
      const std::size_t at = take();
      const std::uint32_t right = (this->*operand)();
      expect_number(right);
      left = add({.kind = found->kind, .at = at, .left = left, .right = right});
    }
    return left;
  }

  std::uint32_t factor() {
    const Depth depth(*this);
    if (word_.is(Word::symbol, "-")) return negative();
    if (word_.is(Word::symbol, "(")) {
      take();
      const std::uint32_t inner = either();
      if (!word_.is(Word::symbol, ")")) fail("expected ')'");
      take();
      return inner;
    }
    ConditionNode node{.at = word_.at, .text = word_.text, .parameter = word_.parameter};
    if (word_.kind == Word::number) {
      node.number = parse_condition_number(word_.text).value();
    } else if (word_.kind == Word::text || word_.is(Word::word, "true") || word_.is(Word::word, "false")) {
      node.kind = Kind::text;
    } else if (word_.kind == Word::parameter) {
      node.kind = Kind::parameter;
    } else {
      fail("expected a parameter, a number or a text in quotes");
    }
    take();
    return add(std::move(node));
  }

  // A number with its sign is a number, not something computed.
  std::uint32_t negative() {
    const std::size_t at = take();
    const bool is_plain = word_.kind == Word::number;
    const std::uint32_t operand = factor();
    expect_number(operand);
    if (!is_plain) return add({.kind = Kind::negative, .at = at, .left = operand});
    ConditionNode& number = tree_[operand];
    number.number = -number.number;
    number.text = "-" + number.text;
    number.at = at;
    return operand;
  }

  // --- kinds ---

  void expect_truth(std::uint32_t node) const {
    const ConditionNode& found = tree_[node];
    const bool is_literal = found.kind == Kind::text && (found.text == "true" || found.text == "false");
    if (is_truth(found.kind) || found.kind == Kind::parameter || is_literal) return;
    throw ConditionError("expected a condition, such as a comparison; this is a value", found.at);
  }

  void expect_value(std::uint32_t node) const {
    if (!is_truth(tree_[node].kind)) return;
    throw ConditionError("expected a value; this is a condition", tree_[node].at);
  }

  void expect_number(std::uint32_t node) const {
    const ConditionNode& found = tree_[node];
    if (is_number(found.kind) || found.kind == Kind::parameter) return;
    throw ConditionError(is_truth(found.kind) ? "expected a number; this is a condition"
                                              : fmt::format("'{}' is not a number", printable(found.text)),
                         found.at);
  }

  // --- words and nodes ---

  class Depth {
   public:
    explicit Depth(Parser& parser) : parser_(parser) {
      if (++parser_.depth_ > deepest) parser_.fail("this condition is nested too deeply");
    }
    ~Depth() { --parser_.depth_; }
    Depth(const Depth&) = delete;
    Depth& operator=(const Depth&) = delete;

   private:
    Parser& parser_;
  };

  template <class Operators>
  const Operator* find(const Operators& operators) const {
    for (const Operator& candidate : operators) {
      if (word_.is(Word::symbol, candidate.written)) return &candidate;
    }
    return nullptr;
  }

  void advance() { word_ = scanner_.next(); }

  std::size_t take() {
    const std::size_t at = word_.at;
    advance();
    return at;
  }

  std::uint32_t add(ConditionNode node) {
    if (tree_.size() == most_nodes) throw ConditionError("this condition is too long; write several", node.at);
    tree_.push_back(std::move(node));
    return static_cast<std::uint32_t>(tree_.size() - 1);
  }

  [[noreturn]] void fail(std::string_view expected) const {
    if (word_.kind == Word::end) throw ConditionError(fmt::format("{}, found the end", expected), word_.at);
    throw ConditionError(fmt::format("{}, found '{}'", expected, printable(word_.text)), word_.at);
  }

  ConditionScanner scanner_;
  ConditionWord word_;
  ConditionTree tree_;
  int depth_ = 0;
};

}  // namespace

ConditionTree parse_condition(std::string_view text, const std::vector<std::string>& names) {
  return Parser(text, names).parse();
}

}  // namespace farm
