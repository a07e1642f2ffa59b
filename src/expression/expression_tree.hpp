/// What the parser of expressions hands to their evaluator. Knows neither.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "expression/regex.hpp"
#include "expression/scalar.hpp"
#include "expression/transliteration.hpp"

namespace farm {

enum class Function : std::uint8_t {
  abs,
  atan2,
  chomp,
  chop,
  chr,
  cos,
  defined,
  exp,
  hex,
  index,
  integer,
  join,
  lc,
  lcfirst,
  length,
  log,
  oct,
  ord,
  quote,
  quotemeta,
  reverse,
  rindex,
  scalar,
  seq,
  sin,
  skip,
  slot,
  split,
  sprintf,
  sqrt,
  substr,
  total_jobs,
  uc,
  ucfirst,
  undef,
  uq,
};

enum class Op : std::uint8_t {
  constant,     ///< value
  topic,        ///< $_
  variable,     ///< a `my` variable: index
  element,      ///< of the array `index` (0: @arg), kid: the subscript
  array,        ///< index
  last_index,   ///< $#name: index
  capture,      ///< $1: index; 0 for $&
  name,         ///< a column or parameter: text; kid, if any: what it means if there is none of that name
  assign,       ///< target, value; `compound` makes it `+=` and so on
  assign_list,  ///< target (list or array), value
  increment,    ///< target; index: 1 to add, 0 to subtract; flag: the value is that before
  add,
  subtract,
  multiply,
  divide,
  modulo,
  power,
  repeat,
  concatenate,
  equal,
  not_equal,
  less,
  greater,
  less_equal,
  greater_equal,
  order,
  same,
  not_same,
  before,
  after,
  not_after,
  not_before,
  collate,
  both,
  either,
  defined_or,
  exclusive,  ///< &&, ||, //, xor
  negate,
  logical_not,
  conditional,    ///< condition, then, else (also `if`: the last may be absent)
  interpolate,    ///< the texts of all kids, one after the other; arrays joined by spaces
  match,          ///< subject, pattern if it is not constant; flag: negated
  substitute,     ///< target, replacement, pattern if it is not constant
  transliterate,  ///< target
  call,           ///< function, arguments
  list,           ///< several values; the last one where one is wanted
  slice,          ///< (LIST)[INDEX...]: two lists
  block,          ///< statements; the value is that of the last
};

struct ExpressionNode;
using NodePtr = std::unique_ptr<ExpressionNode>;

struct ExpressionNode {
  Op op = Op::constant;
  std::optional<Op> compound = std::nullopt;
  Function function{};
  bool flag = false;
  bool global = false;          ///< of match and substitute: every match
  bool returns_result = false;  ///< /r: the result is a value, the target stays
  std::uint32_t depth = 1;
  std::size_t index = 0;
  std::size_t offset = 0;  ///< into the text, for complaints
  std::string text;        ///< a name, or the bytes of `value`
  Scalar value;            ///< may refer to `text`
  std::optional<Regex> regex;
  RegexOptions regex_options;  ///< of a pattern that is not constant
  std::optional<Transliteration> bytes;
  std::vector<NodePtr> kids;
};

/// A parsed expression.
struct ExpressionTree {
  struct Mention {
    enum class What { seq, total, name } what;
    std::size_t begin, end;  ///< in the text
  };
  NodePtr body;
  std::size_t variables = 0;
  std::size_t arrays = 1;  ///< the first is @arg
  bool uses_slot = false;
  bool uses_total = false;
  bool uses_arguments = false;
  bool uses_captures = false;
  std::vector<Mention> mentions;  ///< from left to right
};

}  // namespace farm
