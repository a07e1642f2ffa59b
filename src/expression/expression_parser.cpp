#include "expression/expression_parser.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.hpp"

namespace farm {
namespace {

constexpr std::uint32_t most_depth = 1000;  // of the tree, which its evaluation follows on the stack

enum class Group { left, right, none };

struct Operator {
  std::string_view token;
  int level;
  Group group;
  Op op;
  bool assigns = false;
};

constexpr int assignment_level = 1;
constexpr int conditional_level = 2;
constexpr int binding_level = 10;

// The longest token comes first among those that begin alike.
constexpr std::array operators = {
    Operator{"**=", 1, Group::right, Op::power, true},
    Operator{"||=", 1, Group::right, Op::either, true},
    Operator{"&&=", 1, Group::right, Op::both, true},
    Operator{"//=", 1, Group::right, Op::defined_or, true},
    Operator{"<=>", 5, Group::none, Op::order},
    Operator{"**", 12, Group::right, Op::power},
    Operator{"+=", 1, Group::right, Op::add, true},
    Operator{"-=", 1, Group::right, Op::subtract, true},
    Operator{"*=", 1, Group::right, Op::multiply, true},
    Operator{"/=", 1, Group::right, Op::divide, true},
    Operator{"%=", 1, Group::right, Op::modulo, true},
    Operator{".=", 1, Group::right, Op::concatenate, true},
    Operator{"||", 3, Group::left, Op::either},
    Operator{"//", 3, Group::left, Op::defined_or},
    Operator{"&&", 4, Group::left, Op::both},
    Operator{"==", 5, Group::none, Op::equal},
    Operator{"!=", 5, Group::none, Op::not_equal},
    Operator{"<=", 6, Group::none, Op::less_equal},
    Operator{">=", 6, Group::none, Op::greater_equal},
    Operator{"=~", binding_level, Group::left, Op::match},
    Operator{"!~", binding_level, Group::left, Op::match},
    Operator{"<", 6, Group::none, Op::less},
    Operator{">", 6, Group::none, Op::greater},
    Operator{"+", 8, Group::left, Op::add},
    Operator{"-", 8, Group::left, Op::subtract},
    Operator{".", 8, Group::left, Op::concatenate},
    Operator{"*", 9, Group::left, Op::multiply},
    Operator{"/", 9, Group::left, Op::divide},
    Operator{"%", 9, Group::left, Op::modulo},
    Operator{"=", 1, Group::right, Op::assign, true},
    Operator{"?", conditional_level, Group::right, Op::conditional},
};

constexpr std::array word_operators = {
    Operator{"eq", 5, Group::none, Op::same},       Operator{"ne", 5, Group::none, Op::not_same},
    Operator{"cmp", 5, Group::none, Op::collate},   Operator{"lt", 6, Group::none, Op::before},
    Operator{"gt", 6, Group::none, Op::after},      Operator{"le", 6, Group::none, Op::not_after},
    Operator{"ge", 6, Group::none, Op::not_before},
};
constexpr Operator repetition{"x", 9, Group::left, Op::repeat};
constexpr Operator repetition_assignment{"x=", 1, Group::right, Op::repeat, true};

constexpr std::array<std::string_view, 9> foreign_operators = {"...", "..", "<<", ">>", "->", "~~", "&", "|", "^"};

const Operator* find_operator(const ExpressionScanner& scan) {
  const std::string_view word = scan.peek_word();
  if (word.starts_with('x')) {
    if (word == "x" && scan.peek(1) == '=' && scan.peek(2) != '=' && scan.peek(2) != '~') return &repetition_assignment;
    if (std::all_of(word.begin() + 1, word.end(), is_digit)) return &repetition;
  }
  if (!word.empty()) {
    const auto found = std::find_if(word_operators.begin(), word_operators.end(),
                                    [&](const Operator& candidate) { return candidate.token == word; });
    return found == word_operators.end() ? nullptr : &*found;
  }
  const auto found = std::find_if(operators.begin(), operators.end(),
                                  [&](const Operator& candidate) { return scan.starts_with(candidate.token); });
  const bool is_long = found != operators.end() && (found->token.size() > 1 && found->token != "//");
  for (const std::string_view foreign : foreign_operators) {
    if (is_long || !scan.starts_with(foreign)) continue;
    scan.fail(fmt::format("the operator {} is not available here", foreign));
  }
  return found == operators.end() ? nullptr : &*found;
}

}  // namespace

ExpressionTree ExpressionParser::parse() {
  program_.body = parse_statements('\0');
  if (!scan_.at_end()) scan_.fail("a '{' is missing before this");
  std::sort(program_.mentions.begin(), program_.mentions.end(),
            [](const auto& left, const auto& right) { return left.begin < right.begin; });
  return std::move(program_);
}

NodePtr ExpressionParser::parse_statements(char until) {
  auto block = make(Op::block, scan_.offset());
  const std::size_t outside = declared_.size();
  while (true) {
    while (scan_.take(";")) {
    }
    scan_.skip_blanks();
    if (scan_.at_end() || (until != '\0' && scan_.peek() == until)) break;
    adopt(*block, parse_statement());
  }
  declared_.resize(outside);
  return block;
}

NodePtr ExpressionParser::parse_statement() {
  const Nested nested(*this);
  const std::string_view word = scan_.peek_word();
  const std::size_t offset = scan_.offset();
  if (word == "if" || word == "unless") {
    scan_.take_word();
    return parse_if(word == "unless");
  }
  if (word == "for" || word == "foreach" || word == "while" || word == "until") {
    scan_.fail(fmt::format("{}: there are no loops here", word));
  }
  if (scan_.peek() == '{') return parse_block();
  NodePtr statement = parse_expression();
  scan_.skip_blanks();
  const std::string_view after = scan_.peek_word();
  if (after == "if" || after == "unless") {
    scan_.take_word();
    NodePtr condition = parse_expression();
    if (after == "unless") condition = make(Op::logical_not, offset, std::move(condition));
    statement = make(Op::conditional, offset, std::move(condition), std::move(statement));
    scan_.skip_blanks();
  }
  if (scan_.at_end() || scan_.peek() == ';' || scan_.peek() == '}') return statement;
  const std::string here = after.empty() ? std::string(1, scan_.peek()) : std::string(after);
  scan_.fail(fmt::format("an operator or ; is missing before {}", printable(here)));
}

NodePtr ExpressionParser::parse_if(bool negated) {
  const Nested nested(*this);
  const std::size_t offset = scan_.offset();
  scan_.expect('(', "before the condition");
  NodePtr condition = parse_expression();
  scan_.expect(')', "after the condition");
  if (negated) condition = make(Op::logical_not, offset, std::move(condition));
  NodePtr then = parse_block();
  scan_.skip_blanks();
  const std::string_view word = scan_.peek_word();
  if (word != "else" && word != "elsif") return make(Op::conditional, offset, std::move(condition), std::move(then));
  scan_.take_word();
  NodePtr otherwise = word == "else" ? parse_block() : parse_if(false);
  return make(Op::conditional, offset, std::move(condition), std::move(then), std::move(otherwise));
}

NodePtr ExpressionParser::parse_block() {
  scan_.expect('{', "before the statements");
  NodePtr block = parse_statements('}');
  scan_.expect('}', "after the statements");
  return block;
}

NodePtr ExpressionParser::parse_expression() {
  const Nested nested(*this);
  return parse_or();
}

NodePtr ExpressionParser::parse_or() {
  NodePtr left = parse_and();
  while (true) {
    scan_.skip_blanks();
    const std::string_view word = scan_.peek_word();
    if (word != "or" && word != "xor") return left;
    const std::size_t offset = scan_.offset();
    scan_.take_word();
    left = make(word == "or" ? Op::either : Op::exclusive, offset, std::move(left), parse_and());
  }
}

NodePtr ExpressionParser::parse_and() {
  NodePtr left = parse_not();
  while (true) {
    scan_.skip_blanks();
    const std::size_t offset = scan_.offset();
    if (scan_.peek_word() != "and") return left;
    scan_.take_word();
    left = make(Op::both, offset, std::move(left), parse_not());
  }
}

NodePtr ExpressionParser::parse_not() {
  scan_.skip_blanks();
  if (scan_.peek_word() != "not") return parse_list();
  const Nested nested(*this);
  const std::size_t offset = scan_.offset();
  scan_.take_word();
  return make(Op::logical_not, offset, parse_not());
}

NodePtr ExpressionParser::parse_list() {
  NodePtr first = parse_binary(assignment_level);
  scan_.skip_blanks();
  if (scan_.peek() != ',' && !scan_.starts_with("=>")) return first;
  auto list = make(Op::list, first->offset);
  adopt(*list, std::move(first));
  while (scan_.take(",") || scan_.take("=>")) {
    scan_.skip_blanks();
    if (scan_.at_end() || scan_.peek() == ')' || scan_.peek() == ';' || scan_.peek() == ']') break;
    adopt(*list, parse_binary(assignment_level));
  }
  return list;
}

NodePtr ExpressionParser::parse_binary(int least_level) {
  const Nested nested(*this);
  NodePtr left = parse_unary();
  while (true) {
    scan_.skip_blanks();
    if (scan_.starts_with("=>")) return left;
    const Operator* found = find_operator(scan_);
    if (found == nullptr || found->level < least_level) return left;
    const std::size_t offset = scan_.offset();
    const bool negated = scan_.peek() == '!';
    scan_.advance(found->token.size());
    if (found->level == conditional_level) {
      left = parse_conditional(std::move(left));
      continue;
    }
    NodePtr right = parse_binary(found->group == Group::right ? found->level : found->level + 1);
    if (found->assigns) {
      left = assign(std::move(left), std::move(right),
                    found->op == Op::assign ? std::nullopt : std::optional(found->op), offset);
    } else if (found->level == binding_level) {
      left = bind(std::move(left), std::move(right), negated, offset);
    } else {
      left = make(found->op, offset, std::move(left), std::move(right));
    }
    if (found->group == Group::none) {
      scan_.skip_blanks();
      const Operator* next = find_operator(scan_);
      if (next != nullptr && next->level == found->level && !scan_.starts_with("=>")) {
        scan_.fail("comparisons do not chain; join them with && (and)");
      }
    }
  }
}

NodePtr ExpressionParser::parse_conditional(NodePtr condition) {
  const std::size_t offset = condition->offset;
  NodePtr then = parse_binary(assignment_level);
  scan_.expect(':', "between the two values of ?");
  NodePtr otherwise = parse_binary(conditional_level);
  return make(Op::conditional, offset, std::move(condition), std::move(then), std::move(otherwise));
}

NodePtr ExpressionParser::parse_unary() {
  const Nested nested(*this);
  scan_.skip_blanks();
  const std::size_t offset = scan_.offset();
  if (scan_.starts_with("++") || scan_.starts_with("--")) {
    const bool adds = scan_.peek() == '+';
    scan_.advance(2);
    NodePtr target = parse_unary();
    check_target(*target);
    auto node = make(Op::increment, offset, std::move(target));
    node->index = adds ? 1 : 0;
    return node;
  }
  const char c = scan_.peek();
  if (c == '!' && !scan_.starts_with("!~")) {
    scan_.advance(1);
    return make(Op::logical_not, offset, parse_unary());
  }
  if (c == '-' || c == '+') {
    scan_.advance(1);
    const std::string_view word = scan_.peek_word();
    const char after = scan_.peek(1);
    if (c == '-' && word.size() == 1 && (after == ' ' || after == '$') && (scan_.peek(2) == '$' || after == '$')) {
      scan_.fail(fmt::format("-{} tests a file, which is not available here: expressions can only compute", word),
                 offset);
    }
    NodePtr operand = parse_unary();
    return c == '-' ? make(Op::negate, offset, std::move(operand)) : std::move(operand);
  }
  NodePtr base = parse_postfix();
  scan_.skip_blanks();
  if (!scan_.starts_with("**") || scan_.starts_with("**=")) return base;
  scan_.advance(2);
  return make(Op::power, offset, std::move(base), parse_unary());
}

NodePtr ExpressionParser::parse_postfix() {
  NodePtr term = parse_term();
  scan_.skip_blanks();
  if (!scan_.starts_with("++") && !scan_.starts_with("--")) return term;
  check_target(*term);
  auto node = make(Op::increment, scan_.offset(), std::move(term));
  node->index = scan_.peek() == '+' ? 1 : 0;
  node->flag = true;
  scan_.advance(2);
  return node;
}

NodePtr ExpressionParser::assign(NodePtr target, NodePtr value, std::optional<Op> compound, std::size_t offset) {
  if (!compound && (target->op == Op::list || target->op == Op::array)) {
    for (const NodePtr& kid : target->kids) {
      const bool is_place = kid->op == Op::array || (kid->op == Op::call && kid->function == Function::undef);
      if (target->op == Op::list && !is_place) check_target(*kid);
    }
    if (target->op == Op::array && target->index == 0) scan_.fail("@arg cannot be changed", target->offset);
    return make(Op::assign_list, offset, std::move(target), std::move(value));
  }
  check_target(*target);
  auto node = make(Op::assign, offset, std::move(target), std::move(value));
  node->compound = compound;
  return node;
}

NodePtr ExpressionParser::bind(NodePtr subject, NodePtr pattern, bool negated, std::size_t offset) {
  if (subject->op == Op::list && subject->kids.size() == 1) {
    NodePtr only = std::move(subject->kids[0]);
    subject = std::move(only);
  }
  const bool is_pattern = pattern->op == Op::match || pattern->op == Op::substitute || pattern->op == Op::transliterate;
  const bool is_bare = is_pattern && !pattern->kids.empty() && pattern->kids[0]->op == Op::topic;
  if (!is_bare) {  // $x =~ $y: the value is the pattern
    auto node = make(Op::match, offset, std::move(subject), std::move(pattern));
    node->flag = negated;
    return node;
  }
  const bool changes = pattern->op != Op::match && !pattern->returns_result;
  if (changes) check_target(*subject);
  pattern->depth = std::max(pattern->depth, subject->depth + 1);
  pattern->kids[0] = std::move(subject);
  if (pattern->depth > most_depth) scan_.fail("this is nested too deeply", offset);
  if (!negated) return pattern;
  return make(Op::logical_not, offset, std::move(pattern));
}

NodePtr ExpressionParser::make(Op op, std::size_t offset) const {
  auto node = std::make_unique<ExpressionNode>();
  node->op = op;
  node->offset = offset;
  return node;
}

NodePtr ExpressionParser::make(Op op, std::size_t offset, NodePtr first, NodePtr second, NodePtr third) const {
  auto node = make(op, offset);
  for (NodePtr* kid : {&first, &second, &third}) {
    if (*kid) adopt(*node, std::move(*kid));
  }
  return node;
}

NodePtr ExpressionParser::make_constant(std::string text, std::size_t offset) const {
  auto node = make(Op::constant, offset);
  node->text = std::move(text);
  node->value = Scalar::view(node->text);
  return node;
}

void ExpressionParser::adopt(ExpressionNode& parent, NodePtr kid) const {
  parent.depth = std::max(parent.depth, kid->depth + 1);
  if (parent.depth > most_depth) scan_.fail("this is nested too deeply", kid->offset);
  parent.kids.push_back(std::move(kid));
}

const std::size_t* ExpressionParser::find_declared(const std::string& sigil_and_name) const {
  const auto found = std::find_if(declared_.rbegin(), declared_.rend(),
                                  [&](const auto& entry) { return entry.first == sigil_and_name; });
  return found == declared_.rend() ? nullptr : &found->second;
}

void ExpressionParser::declare(std::string sigil_and_name, std::size_t index) {
  declared_.emplace_back(std::move(sigil_and_name), index);
}

void ExpressionParser::fail_undeclared(const std::string& sigil_and_name, std::size_t offset) const {
  std::string known = "$_ $arg[1] $1";
  for (const auto& [name, index] : declared_) known += " " + name;
  scan_.fail(
      fmt::format("there is no {} here (there are: {}); declare it by: my {} = ...; a column is written without a "
                  "sigil",
                  sigil_and_name, known, sigil_and_name),
      offset);
}

void ExpressionParser::check_target(const ExpressionNode& target) const {
  if (target.op == Op::topic || target.op == Op::variable) return;
  scan_.fail("only $_ and variables declared by my can be changed", target.offset);
}

}  // namespace farm
