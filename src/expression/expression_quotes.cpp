// Quoted texts, patterns and what is interpolated into them.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/text.hpp"
#include "expression/expression_parser.hpp"

namespace farm {
namespace {

constexpr std::size_t most_repeats = 100;  // flags of one pattern

/// Whether the character right after m, s, y, ... opens a text. Columns may be called s and y, too, so that what is an
/// operator does so only if it comes back often enough.
bool opens_text(std::string_view rest, std::size_t times) {
  if (rest.empty() || std::string_view(" \t\r\n=)<>").find(rest[0]) != std::string_view::npos) return false;
  if (rest.starts_with("!=") || rest.starts_with("!~")) return false;
  if (std::string_view(",;-+*%&?.^").find(rest[0]) == std::string_view::npos) return true;
  return static_cast<std::size_t>(std::count(rest.begin() + 1, rest.end(), rest[0])) >= times;
}

int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

std::optional<Function> case_function(char letter) {
  switch (letter) {
    case 'U':
      return Function::uc;
    case 'L':
      return Function::lc;
    case 'Q':
      return Function::quotemeta;
    case 'u':
      return Function::ucfirst;
    case 'l':
      return Function::lcfirst;
    default:
      return std::nullopt;
  }
}

bool has(const std::string& flags, char flag) { return flags.find(flag) != flags.npos; }

}  // namespace

NodePtr ExpressionParser::parse_quote_word(std::string_view word, std::size_t offset) {
  const bool is_pair = word == "s" || word == "tr" || word == "y";
  const std::string_view rest = scan_.text({offset + word.size(), offset + word.size() + 4096});
  if (!opens_text(rest, is_pair ? 2 : 1)) return nullptr;
  scan_.take_word();
  if (word == "q") return parse_single_quoted(scan_.take_delimited());
  if (word == "qq") return interpolate(scan_.take_delimited(), Quoting::string);
  if (word == "m") return parse_match(offset);
  if (word == "s") return parse_substitution(offset);
  if (word == "tr" || word == "y") return parse_transliteration(offset);
  if (word == "qx") scan_.fail("qx runs a command, which is not available here: expressions can only compute", offset);
  scan_.fail(fmt::format("{} is not available here", word), offset);
}

NodePtr ExpressionParser::parse_single_quoted(TextRange range) {
  const std::string_view raw = scan_.text(range);
  const char closing = scan_.text({range.end, range.end + 1})[0];
  std::string text;
  for (std::size_t at = 0; at < raw.size(); ++at) {
    const bool escapes = raw[at] == '\\' && at + 1 < raw.size() && (raw[at + 1] == '\\' || raw[at + 1] == closing);
    text += raw[escapes ? ++at : at];
  }
  return make_constant(std::move(text), range.begin - 1);
}

NodePtr ExpressionParser::parse_match(std::size_t offset) {
  auto node = make(Op::match, offset, topic(offset));
  const TextRange range = scan_.take_delimited();
  const std::string flags = scan_.take_flags("gimsx", "m//");
  node->global = has(flags, 'g');
  set_pattern(*node, range, flags, 1);
  return node;
}

NodePtr ExpressionParser::parse_substitution(std::size_t offset) {
  auto node = make(Op::substitute, offset, topic(offset));
  const char opening = scan_.peek();
  const TextRange range = scan_.take_delimited();
  const TextRange replacement = scan_.take_second(opening);
  const std::string flags = scan_.take_flags("gimsxer", "s///");
  node->global = has(flags, 'g');
  node->returns_result = has(flags, 'r');
  if (has(flags, 'e')) {
    const TextRange before = scan_.enter(replacement);
    adopt(*node, parse_statements('\0'));
    scan_.leave(before);
  } else if (opening == '\'') {
    adopt(*node, parse_single_quoted(replacement));
  } else {
    adopt(*node, interpolate(replacement, Quoting::replacement));
  }
  set_pattern(*node, range, flags, 2);
  return node;
}

void ExpressionParser::set_pattern(ExpressionNode& node, TextRange range, const std::string& flags, std::size_t kid) {
  if (flags.size() > most_repeats) scan_.fail("these are too many flags", range.end);
  node.regex_options = {.ignore_case = has(flags, 'i'),
                        .multi_line = has(flags, 'm'),
                        .dot_all = has(flags, 's'),
                        .extended = has(flags, 'x'),
                        .counted = true};
  if (range.begin == range.end && (node.op == Op::substitute)) {
    scan_.fail("an empty pattern means the last one that matched, which is not available here; write ^ to add in front",
               range.begin);
  }
  NodePtr pattern = interpolate(range, Quoting::pattern);
  if (pattern->op == Op::constant) {
    compile_pattern(node, pattern->text, range.begin);
    return;
  }
  adopt(node, std::move(pattern));
  if (node.kids.size() != kid + 1) scan_.fail("this pattern is not available here", range.begin);
}

void ExpressionParser::compile_pattern(ExpressionNode& node, std::string_view pattern, std::size_t offset) {
  try {
    node.regex.emplace(pattern, node.regex_options);
  } catch (const RegexError& error) {
    scan_.fail(error.what(), offset + error.offset());
  }
}

std::string ExpressionParser::expand_ranges(TextRange range) {
  const TextRange before = scan_.enter(range);
  std::string bytes;
  bool is_range = false;
  while (!scan_.at_end()) {
    const std::size_t offset = scan_.offset();
    if (scan_.peek() == '-' && !bytes.empty() && !is_range && scan_.offset() + 1 < range.end) {
      scan_.advance(1);
      is_range = true;
      continue;
    }
    const char c = scan_.next();
    const char byte = c == '\\' ? take_escape() : c;
    if (is_range) {
      const int first = static_cast<unsigned char>(bytes.back());
      const int last = static_cast<unsigned char>(byte);
      if (first > last) scan_.fail("this range runs backwards", offset);
      for (int next = first + 1; next <= last; ++next) bytes += static_cast<char>(next);
      is_range = false;
    } else {
      bytes += byte;
    }
  }
  scan_.leave(before);
  return bytes;
}

NodePtr ExpressionParser::parse_transliteration(std::size_t offset) {
  auto node = make(Op::transliterate, offset, topic(offset));
  const char opening = scan_.peek();
  const TextRange from = scan_.take_delimited();
  const TextRange to = scan_.take_second(opening);
  const std::string flags = scan_.take_flags("cdsr", "tr///");
  node->returns_result = has(flags, 'r');
  const Transliteration::Options options{
      .complement = has(flags, 'c'), .remove = has(flags, 'd'), .squeeze = has(flags, 's')};
  node->bytes.emplace(expand_ranges(from), expand_ranges(to), options);
  // Only counts: a constant or a value of a job can be asked, too.
  if (from.begin != from.end && to.begin == to.end && !options.remove && !options.squeeze) node->flag = true;
  return node;
}

char ExpressionParser::take_escape() {
  const char c = scan_.next();
  switch (c) {
    case 'n':
      return '\n';
    case 't':
      return '\t';
    case 'r':
      return '\r';
    case 'f':
      return '\f';
    case 'a':
      return '\a';
    case 'e':
      return '\x1b';
    case 'N':
    case 'c':
    case 'o':
      scan_.fail(fmt::format("\\{} is not available here; write \\xHH", c), scan_.offset() - 2);
    default:
      break;
  }
  int value = 0;
  if (c == 'x') {
    const bool braced = scan_.peek() == '{';
    if (braced) scan_.advance(1);
    for (int i = 0; i < 2 && hex_value(scan_.peek()) >= 0; ++i) value = value * 16 + hex_value(scan_.next());
    if (braced && scan_.next() != '}') scan_.fail("\\x{..} holds one byte here: at most two hexadecimal digits");
    return static_cast<char>(value);
  }
  if (c < '0' || c > '7') return c;
  value = c - '0';
  for (int i = 0; i < 2 && scan_.peek() >= '0' && scan_.peek() <= '7'; ++i) value = value * 8 + (scan_.next() - '0');
  return static_cast<char>(value);
}

NodePtr ExpressionParser::interpolate(TextRange range, Quoting quoting) {
  const Nested nested(*this);
  auto node = make(Op::interpolate, range.begin);
  const TextRange before = scan_.enter(range);
  while (!scan_.at_end()) interpolate_parts(*node, quoting, false);
  scan_.leave(before);
  const bool is_constant =
      std::all_of(node->kids.begin(), node->kids.end(), [](const NodePtr& kid) { return kid->op == Op::constant; });
  if (!is_constant) return node;
  std::string text;
  for (const NodePtr& kid : node->kids) text += kid->text;
  return make_constant(std::move(text), range.begin);
}

void ExpressionParser::interpolate_parts(ExpressionNode& into, Quoting quoting, bool nested) {
  const Nested guard(*this);
  std::string literal;
  std::optional<Function> next_only;  // \u and \l
  const auto add = [&](NodePtr part) {
    if (next_only) {
      auto call = make(Op::call, scan_.offset(), std::move(part));
      call->function = *next_only;
      next_only.reset();
      part = std::move(call);
    }
    adopt(into, std::move(part));
  };
  const auto flush = [&] {
    if (literal.empty()) return;
    add(make_constant(std::move(literal), scan_.offset()));
    literal.clear();
  };
  while (!scan_.at_end()) {
    const std::size_t offset = scan_.offset();
    const char c = scan_.peek();
    const char after = scan_.peek(1);
    if (c == '\\' && after != '\0') {
      scan_.advance(1);
      if (after == 'E') {
        scan_.advance(1);
        if (nested) break;
        continue;
      }
      if (const auto function = case_function(after)) {
        scan_.advance(1);
        flush();
        if (after == 'u' || after == 'l') {
          next_only = function;
          continue;
        }
        auto inside = make(Op::interpolate, offset);
        interpolate_parts(*inside, quoting, true);
        auto call = make(Op::call, offset, std::move(inside));
        call->function = *function;
        add(std::move(call));
        continue;
      }
      if (quoting == Quoting::pattern) {
        (literal += '\\') += scan_.next();
      } else if (quoting == Quoting::replacement && after >= '1' && after <= '9') {
        flush();
        scan_.advance(1);
        auto capture = make(Op::capture, offset);
        program_.uses_captures = true;
        capture->index = static_cast<std::size_t>(after - '0');
        add(std::move(capture));
      } else {
        literal += take_escape();
      }
      if (next_only) flush();
      continue;
    }
    const bool is_variable = c == '$' && (is_word_char(after) || after == '{' || after == '&');
    if (is_variable || (c == '@' && is_word_start(after))) {
      flush();
      add(c == '$' ? interpolate_variable(quoting) : interpolate_array(quoting));
      continue;
    }
    if (c == '$' && quoting != Quoting::pattern) scan_.fail("write \\$ for a dollar sign");
    literal += scan_.next();
    if (next_only) flush();
  }
  flush();
}

NodePtr ExpressionParser::interpolate_variable(Quoting quoting) {
  const std::size_t offset = scan_.offset();
  const bool braced = scan_.peek(1) == '{';
  if (!is_word_start(scan_.peek(1)) && !braced) return parse_variable();
  // parse_variable would take what follows for a subscript; here it may be plain text.
  scan_.advance(braced ? 2 : 1);
  const std::string name(scan_.take_word());
  if (braced && scan_.next() != '}') scan_.fail("a '}' is missing after the name of a variable");
  const std::size_t* scalar = find_declared("$" + name);
  const std::size_t* array = find_declared("@" + name);
  const bool has_subscript = scan_.peek() == '[' && array != nullptr;
  if (!has_subscript && scan_.peek() == '[' && quoting != Quoting::pattern) fail_undeclared("@" + name, offset);
  const bool is_reference = scan_.starts_with("->[") || scan_.starts_with("->{");
  if (quoting != Quoting::pattern && (scan_.peek() == '{' || is_reference)) {
    scan_.fail("hashes and references are not available here; write ${name} before a brace", offset);
  }
  if (has_subscript) {
    scan_.advance(1);
    auto node = make(Op::element, offset, parse_expression());
    scan_.expect(']', "after the subscript");
    node->index = *array;
    program_.uses_arguments |= *array == 0;
    return node;
  }
  if (name == "_") return topic(offset);
  if (scalar == nullptr) fail_undeclared("$" + name, offset);
  auto node = make(Op::variable, offset);
  node->index = *scalar;
  return node;
}

NodePtr ExpressionParser::interpolate_array(Quoting quoting) {
  const std::size_t offset = scan_.offset();
  scan_.advance(1);
  const std::string name(scan_.take_word());
  const std::size_t* index = find_declared("@" + name);
  if (index == nullptr) {
    const char* const where = quoting == Quoting::pattern ? "a pattern" : "a text";
    scan_.fail(fmt::format("@{} in {} means an array, and there is none; write \\@ for an at sign", name, where),
               offset);
  }
  auto node = make(Op::array, offset);
  node->index = *index;
  program_.uses_arguments |= *index == 0;
  return node;
}

}  // namespace farm
