// The terms of the language: numbers, variables, names and calls.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/text.hpp"
#include "expression/expression_parser.hpp"

namespace farm {
namespace {

constexpr std::string_view quote_words[] = {"q", "qq", "m", "s", "tr", "y", "qw", "qr", "qx"};
constexpr std::string_view operator_words[] = {"x",   "eq", "ne", "lt",  "gt",     "le",  "ge",   "cmp",
                                               "and", "or", "if", "xor", "unless", "not", "else", "elsif"};

bool is_operator_word(std::string_view word) {
  return std::find(std::begin(operator_words), std::end(operator_words), word) != std::end(operator_words);
}

std::optional<int> base_of(std::string_view digits) {
  if (digits.size() < 2 || digits[0] != '0') return std::nullopt;
  if (digits[1] == 'x' || digits[1] == 'X') return 16;
  if (digits[1] == 'b' || digits[1] == 'B') return 2;
  return 8;
}

}  // namespace

NodePtr ExpressionParser::parse_term() {
  const std::size_t offset = scan_.offset();
  if (scan_.at_end()) scan_.fail("a value is missing at the end");
  const char c = scan_.peek();
  if (is_digit(c) || (c == '.' && is_digit(scan_.peek(1)))) return parse_number();
  if (is_word_start(c)) return parse_word();
  switch (c) {
    case '(':
      return parse_parenthesized();
    case '$':
      return parse_variable();
    case '@':
      return parse_array();
    case '"':
      return interpolate(scan_.take_delimited(), Quoting::string);
    case '\'':
      return parse_single_quoted(scan_.take_delimited());
    case '/':
      return parse_match(offset);
    case '`':
      scan_.fail("`...` runs a command, which is not available here: expressions can only compute");
    case '<':
      scan_.fail("<...> reads a file, which is not available here: expressions can only compute");
    case '\\':
    case '[':
    case '{':
      scan_.fail("references, lists in [] and hashes are not available here");
    case '%':
    case '&':
      scan_.fail("hashes and functions of one's own are not available here");
    default:
      break;
  }
  scan_.fail(fmt::format("a value is missing before {}", printable(std::string(1, c))));
}

NodePtr ExpressionParser::parse_number() {
  const std::size_t offset = scan_.offset();
  std::string digits;
  const auto take_digits = [&] {
    for (; is_digit(scan_.peek()) || scan_.peek() == '_'; scan_.advance(1)) {
      if (scan_.peek() != '_') digits += scan_.peek();
    }
  };
  auto node = make(Op::constant, offset);
  take_digits();
  const char letter = scan_.peek();
  const bool is_prefixed = digits == "0" && (letter == 'x' || letter == 'X' || letter == 'b' || letter == 'B');
  if (is_prefixed) {
    while (is_word_char(scan_.peek())) digits += scan_.next();
  }
  if (const auto base = base_of(digits); base && (is_prefixed || scan_.peek() != '.')) {
    std::erase(digits, '_');
    std::uint64_t value = 0;
    const char* begin = digits.data() + (*base == 8 ? 1 : 2);
    const auto [end, error] = std::from_chars(begin, digits.data() + digits.size(), value, *base);
    if (error != std::errc() || end != digits.data() + digits.size()) scan_.fail("this is not a number", offset);
    node->value = Scalar::of(value);
    return node;
  }
  if (scan_.peek() == '.' && scan_.peek(1) != '.') {
    digits += scan_.next();
    take_digits();
  }
  const bool has_sign = scan_.peek(1) == '+' || scan_.peek(1) == '-';
  if ((scan_.peek() == 'e' || scan_.peek() == 'E') && is_digit(scan_.peek(has_sign ? 2 : 1))) {
    digits += scan_.next();
    if (has_sign) digits += scan_.next();
    take_digits();
  }
  const Number number = Number::parse(digits);
  node->value = Scalar(number.is_integer() ? number : Number(number.real()));  // one that is not read from a text
  return node;
}

NodePtr ExpressionParser::parse_parenthesized() {
  const std::size_t offset = scan_.offset();
  scan_.advance(1);
  scan_.skip_blanks();
  auto list = make(Op::list, offset);
  if (scan_.peek() != ')') {
    NodePtr inside = parse_expression();
    if (inside->op == Op::list) {
      list = std::move(inside);
    } else {
      adopt(*list, std::move(inside));
    }
  }
  scan_.expect(')', "after what is in parentheses");
  scan_.skip_blanks();
  if (scan_.peek() != '[') return list;
  scan_.advance(1);
  NodePtr subscripts = parse_expression();
  scan_.expect(']', "after the subscript");
  return make(Op::slice, offset, std::move(list), std::move(subscripts));
}

NodePtr ExpressionParser::parse_word() {
  const std::size_t offset = scan_.offset();
  const std::string_view word = scan_.peek_word();
  if (std::find(std::begin(quote_words), std::end(quote_words), word) != std::end(quote_words)) {
    if (NodePtr quoted = parse_quote_word(word, offset)) return quoted;
  }
  if (is_operator_word(word)) scan_.fail(fmt::format("a value is missing before {}", word));
  scan_.take_word();
  if (word == "my") return parse_my();
  if (is_foreign_keyword(word))
    scan_.fail(fmt::format("{} is not available here: expressions can only compute", word), offset);
  scan_.skip_blanks();
  if (scan_.starts_with("::")) scan_.fail("modules are not available here", offset);
  if (const FunctionInfo* info = find_function(word)) return parse_call(*info, offset);
  const char c = scan_.peek();
  const bool has_argument = c == '(' || c == '"' || c == '\'' || c == '$' || c == '@' || c == '`' || is_digit(c) ||
                            (is_word_start(c) && !is_operator_word(scan_.peek_word()));
  // temperature x3
  const bool repeats = c == 'x' && scan_.peek_word().find_first_not_of("0123456789", 1) == std::string_view::npos;
  if (has_argument && !repeats) scan_.fail(explain_missing_function(word), offset);
  return parse_name(word, offset, nullptr);
}

NodePtr ExpressionParser::parse_name(std::string_view word, std::size_t offset, NodePtr otherwise) {
  auto node = make(Op::name, offset);
  node->text = word;
  if (otherwise) adopt(*node, std::move(otherwise));
  program_.mentions.push_back({ExpressionTree::Mention::What::name, offset, offset + word.size()});
  return node;
}

NodePtr ExpressionParser::parse_my() {
  scan_.skip_blanks();
  const std::size_t offset = scan_.offset();
  const auto take_one = [&]() -> NodePtr {
    scan_.skip_blanks();
    const char sigil = scan_.next();
    const std::string name(scan_.take_word());
    if ((sigil != '$' && sigil != '@') || name.empty() || name == "_") {
      scan_.fail("my declares $names and @names of one's own", offset);
    }
    auto node = make(sigil == '$' ? Op::variable : Op::array, offset);
    node->index = sigil == '$' ? program_.variables++ : program_.arrays++;
    declare(sigil + name, node->index);
    return node;
  };
  if (!scan_.take("(")) return take_one();
  auto list = make(Op::list, offset);
  do {
    scan_.skip_blanks();
    if (scan_.peek() == ')') break;
    adopt(*list, take_one());
  } while (scan_.take(","));
  scan_.expect(')', "after the variables");
  return list;
}

NodePtr ExpressionParser::parse_variable() {
  const std::size_t offset = scan_.offset();
  scan_.advance(1);
  if (scan_.starts_with("#")) {
    scan_.advance(1);
    const std::string name = "@" + std::string(scan_.take_word());
    const std::size_t* index = find_declared(name);
    if (index == nullptr) fail_undeclared(name, offset);
    auto node = make(Op::last_index, offset);
    node->index = *index;
    program_.uses_arguments |= *index == 0;
    return node;
  }
  if (is_digit(scan_.peek()) || scan_.peek() == '&') {
    auto node = make(Op::capture, offset);
    program_.uses_captures = true;
    if (scan_.peek() == '&') {
      scan_.advance(1);
      return node;
    }
    for (; is_digit(scan_.peek()); scan_.advance(1)) {
      node->index = std::min<std::size_t>(node->index * 10 + static_cast<std::size_t>(scan_.peek() - '0'), 100'000);
    }
    if (node->index == 0) scan_.fail("$0 is not available here", offset);
    return node;
  }
  const bool braced = scan_.peek() == '{';
  if (braced) scan_.advance(1);
  const std::string name(scan_.take_word());
  if (braced) scan_.expect('}', "after the name of a variable");
  if (name.empty()) scan_.fail("there is no such variable here; $_, $arg[1] and $1 are", offset);
  if (name == "job" && scan_.starts_with("->")) return parse_job_method(offset);
  if (scan_.starts_with("::")) scan_.fail("the variables of modules are not available here", offset);
  if (scan_.peek() == '{' || scan_.starts_with("->")) {
    scan_.fail(fmt::format("${}{{...}}: hashes and references are not available here{}", name,
                           name == "ENV" ? "; the command itself can use the environment" : ""),
               offset);
  }
  if (scan_.peek() == '[') {
    const std::size_t* index = find_declared("@" + name);
    if (index == nullptr) fail_undeclared("@" + name, offset);
    scan_.advance(1);
    auto node = make(Op::element, offset, parse_expression());
    scan_.expect(']', "after the subscript");
    node->index = *index;
    program_.uses_arguments |= *index == 0;
    return node;
  }
  if (name == "_") return topic(offset);
  const std::size_t* index = find_declared("$" + name);
  if (index == nullptr) fail_undeclared("$" + name, offset);
  auto node = make(Op::variable, offset);
  node->index = *index;
  return node;
}

NodePtr ExpressionParser::parse_job_method(std::size_t offset) {
  scan_.advance(2);
  const std::string_view method = scan_.take_word();
  const FunctionInfo* info = find_function(method);
  if (info == nullptr || (info->function != Function::seq && info->function != Function::slot)) {
    scan_.fail("$job->seq() and $job->slot() are all there is of $job here", offset);
  }
  return parse_call(*info, offset);
}

NodePtr ExpressionParser::parse_array() {
  const std::size_t offset = scan_.offset();
  scan_.advance(1);
  const std::string name = "@" + std::string(scan_.take_word());
  const std::size_t* index = find_declared(name);
  if (index == nullptr) fail_undeclared(name, offset);
  auto node = make(Op::array, offset);
  node->index = *index;
  program_.uses_arguments |= *index == 0;
  return node;
}

bool ExpressionParser::has_operand() const {
  const char c = scan_.peek();
  if (is_word_start(c)) return !is_operator_word(scan_.peek_word());
  return is_digit(c) || (c != '\0' && std::string_view("$@\"'(-+").find(c) != std::string_view::npos) ||
         (c == '!' && scan_.peek(1) != '=' && scan_.peek(1) != '~');
}

NodePtr ExpressionParser::parse_call(const FunctionInfo& info, std::size_t offset) {
  scan_.skip_blanks();
  auto call = make(Op::call, offset);
  call->function = info.function;
  if (scan_.peek() == '(') {
    NodePtr arguments = [&] {
      scan_.advance(1);
      scan_.skip_blanks();
      NodePtr inside = scan_.peek() == ')' ? make(Op::list, offset) : parse_expression();
      scan_.expect(')', fmt::format("after the arguments of {}", info.name));
      return inside;
    }();
    if (arguments->op == Op::list) {
      for (NodePtr& argument : arguments->kids) adopt(*call, std::move(argument));
    } else {
      adopt(*call, std::move(arguments));
    }
  } else if (info.takes == FunctionInfo::Takes::one) {
    // A column may have the name of a function: length > 3.
    if (!has_operand()) {
      if (info.least > 0) scan_.fail(fmt::format("{} needs a value", info.name), offset);
      finish_call(info, *call);
      return parse_name(info.name, offset, std::move(call));
    }
    adopt(*call, parse_binary(7));
  } else if (info.takes == FunctionInfo::Takes::list && (has_operand() || scan_.peek() == '/')) {
    NodePtr arguments = parse_list();
    if (arguments->op == Op::list) {
      for (NodePtr& argument : arguments->kids) adopt(*call, std::move(argument));
    } else {
      adopt(*call, std::move(arguments));
    }
  }
  finish_call(info, *call);
  note_use(info.function, offset);
  return call;
}

void ExpressionParser::finish_call(const FunctionInfo& info, ExpressionNode& call) {
  const std::size_t count = call.kids.size();
  if (count > info.most || count < info.least) {
    const std::string wanted = info.least == info.most ? fmt::format("{}", info.least)
                               : info.most > 100       ? fmt::format("at least {}", info.least)
                                                       : fmt::format("{} to {}", info.least, info.most);
    scan_.fail(fmt::format("{} takes {} values, not {}", info.name, wanted, count), call.offset);
  }
  const bool has_default = info.takes == FunctionInfo::Takes::one || info.function == Function::quote;
  if (count == 0 && has_default) adopt(call, topic(call.offset));
  if (info.function == Function::chomp || info.function == Function::chop) check_target(*call.kids[0]);
  if (info.function != Function::split) return;
  if (count == 0) adopt(call, make_constant(" ", call.offset));
  if (count < 2) adopt(call, topic(call.offset));
  ExpressionNode& separator = *call.kids[0];
  // A text is a pattern, but a single space means words.
  if (separator.op == Op::constant && separator.value.text() != " ") {
    const std::string pattern = separator.value.text();
    separator.op = Op::match;
    compile_pattern(separator, pattern, separator.offset);
  }
}

void ExpressionParser::note_use(Function function, std::size_t offset) {
  if (function == Function::slot) program_.uses_slot = true;
  if (function == Function::total_jobs) program_.uses_total = true;
  if (function == Function::seq)
    program_.mentions.push_back({ExpressionTree::Mention::What::seq, offset, scan_.offset()});
  if (function == Function::total_jobs) {
    program_.mentions.push_back({ExpressionTree::Mention::What::total, offset, scan_.offset()});
  }
}

}  // namespace farm
