#include "expression/expression_evaluator.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "expression/expression_scanner.hpp"

namespace farm {
namespace {

constexpr std::size_t most_bytes = 1 << 20;  // of one text
// By one evaluation: bytes made, copied and passed over, and steps: some tenths of a second.
constexpr std::size_t most_spent = 64 << 20;
constexpr std::size_t step = 100;  // takes about as long as copying so many bytes

const Number one{std::int64_t{1}};

/// a9 -> b0, Az -> Ba, zz -> aaa, 09 -> 10: what ++ makes of letters followed by digits; nullopt for everything else.
std::optional<std::string> successor(std::string text) {
  const auto letters = std::find_if_not(text.begin(), text.end(), [](char c) { return is_word_start(c) && c != '_'; });
  if (text.empty() || !std::all_of(letters, text.end(), is_digit)) return std::nullopt;
  for (std::size_t at = text.size(); at-- > 0;) {
    char& c = text[at];
    if (c != '9' && c != 'z' && c != 'Z') {
      ++c;
      return text;
    }
    c = c == '9' ? '0' : c == 'z' ? 'a' : 'A';
  }
  const char first = text.front();
  text.insert(text.begin(), first == '0' ? '1' : first);
  return text;
}

}  // namespace

ExpressionEvaluator::ExpressionEvaluator(const ExpressionTree& program, const ExpressionContext& context)
    : program_(program),
      context_(context),
      topic_(Scalar::view(context.value)),
      variables_(program.variables),
      left_(most_spent) {
  if (program.arrays > 1) arrays_.resize(program.arrays);
}

Scalar ExpressionEvaluator::run() { return scalar(*program_.body); }

void ExpressionEvaluator::spend(std::size_t bytes, std::size_t offset) {
  if (bytes > most_bytes) fail("this makes too much: a text may have 1 MiB", offset);
  take(bytes, offset);
}

void ExpressionEvaluator::take(std::size_t steps, std::size_t offset) {
  if (steps > left_) fail("this does too much for one value; let the command do it", offset);
  left_ -= steps;
}

Scalar ExpressionEvaluator::read(Scalar value, std::size_t offset) {
  take(value.size(), offset);
  return value;
}

Scalar ExpressionEvaluator::made(std::string text, std::size_t offset) {
  spend(text.size(), offset);
  return Scalar(std::move(text));
}

Scalar ExpressionEvaluator::scalar(const ExpressionNode& node) {
  take(step, node.offset);
  const auto kid = [&](std::size_t at) -> const ExpressionNode& { return *node.kids[at]; };
  switch (node.op) {
    case Op::constant:
      return read(node.value, node.offset);
    case Op::topic:
      return read(topic_, node.offset);
    case Op::variable:
      return read(variables_[node.index], node.offset);
    case Op::element:
      return read(element(node.index, scalar(kid(0)).number().integer()), node.offset);
    case Op::array:
      return Scalar::of(array_size(node.index));
    case Op::last_index:
      return Scalar(Number(static_cast<std::int64_t>(array_size(node.index)) - 1));
    case Op::capture:
      return read(capture(node.index), node.offset);
    case Op::name:
      return name(node);
    case Op::assign:
      return assign(node);
    case Op::assign_list:
      return Scalar::of(assign_list(node));
    case Op::increment:
      return increment(node);
    case Op::both:
    case Op::either:
    case Op::defined_or:
    case Op::exclusive:
    case Op::logical_not:
    case Op::conditional:
      return logic(node);
    case Op::negate:
      return negated(scalar(kid(0)));
    case Op::interpolate:
      return interpolated(node);
    case Op::match:
      return Scalar(match(node, nullptr) != node.flag);
    case Op::substitute:
      return substitute(node);
    case Op::transliterate:
      return transliterate(node);
    case Op::call:
      return call(node);
    case Op::list:
    case Op::block: {
      Scalar last;
      for (const NodePtr& statement : node.kids) last = scalar(*statement);
      return last;
    }
    case Op::slice: {
      Scalars values;
      list(node, values);
      return values.empty() ? Scalar() : values.back();
    }
    case Op::equal:
    case Op::not_equal:
    case Op::less:
    case Op::greater:
    case Op::less_equal:
    case Op::greater_equal:
    case Op::order:
    case Op::same:
    case Op::not_same:
    case Op::before:
    case Op::after:
    case Op::not_after:
    case Op::not_before:
    case Op::collate: {
      const Scalar left = scalar(kid(0));
      return comparison(node.op, left, scalar(kid(1)));
    }
    case Op::add:
    case Op::subtract:
    case Op::multiply:
    case Op::divide:
    case Op::modulo:
    case Op::power:
    case Op::repeat:
    case Op::concatenate:
      break;
  }
  const Scalar left = scalar(kid(0));
  return arithmetic(node.op, left, scalar(kid(1)), node.offset);
}

void ExpressionEvaluator::list(const ExpressionNode& node, Scalars& out) {
  if (node.op == Op::list) {
    for (const NodePtr& kid : node.kids) list(*kid, out);
  } else if (node.op == Op::array) {
    const auto size = static_cast<std::int64_t>(array_size(node.index));
    take(16 * static_cast<std::size_t>(size), node.offset);
    for (std::int64_t at = 0; at < size; ++at) out.push_back(read(element(node.index, at), node.offset));
  } else if (node.op == Op::slice) {
    Scalars values, subscripts;
    list(*node.kids[0], values);
    list(*node.kids[1], subscripts);
    const auto size = static_cast<std::int64_t>(values.size());
    for (const Scalar& subscript : subscripts) {
      const std::int64_t at = subscript.number().integer();
      const std::int64_t index = at < 0 ? at + size : at;
      const bool is_there = index >= 0 && index < size;
      out.push_back(is_there ? read(values[static_cast<std::size_t>(index)], node.offset) : Scalar());
    }
  } else if (node.op == Op::conditional) {
    if (truth(*node.kids[0])) {
      list(*node.kids[1], out);
    } else if (node.kids.size() > 2) {
      list(*node.kids[2], out);
    }
  } else if (node.op == Op::both || node.op == Op::either) {
    Scalar left = scalar(*node.kids[0]);
    if (left.is_true() == (node.op == Op::both)) {
      list(*node.kids[1], out);
    } else {
      out.push_back(std::move(left));
    }
  } else if (node.op == Op::repeat && node.kids[0]->op == Op::list) {
    repeat_list(node, out);
  } else if (node.op == Op::match && !node.flag) {
    match(node, &out);
  } else if (node.op == Op::call && node.function == Function::split) {
    split(node, out);
  } else if (node.op == Op::call && node.function == Function::reverse) {
    const std::size_t begin = out.size();
    for (const NodePtr& kid : node.kids) list(*kid, out);
    std::reverse(out.begin() + static_cast<std::ptrdiff_t>(begin), out.end());
  } else {
    out.push_back(scalar(node));
  }
}

Scalar ExpressionEvaluator::arithmetic(Op op, const Scalar& left, const Scalar& right, std::size_t offset) {
  if (op == Op::concatenate) return concatenate(left, right, offset);
  if (op == Op::repeat) return repeat(left, right, offset);
  const Number a = left.number(), b = right.number();
  std::optional<Number> result;
  if (op == Op::add) result = a + b;
  if (op == Op::subtract) result = a - b;
  if (op == Op::multiply) result = a * b;
  if (op == Op::power) result = power(a, b);
  if (op == Op::divide) result = divide(a, b);
  if (op == Op::modulo) result = modulo(a, b);
  if (!result) fail(op == Op::divide ? "a division by zero" : "a remainder of a division by zero", offset);
  return Scalar(*result);
}

Scalar ExpressionEvaluator::concatenate(const Scalar& left, const Scalar& right, std::size_t offset) {
  std::string left_buffer, right_buffer;
  const std::string_view a = left.text(left_buffer), b = right.text(right_buffer);
  spend(a.size() + b.size(), offset);
  std::string both;
  both.reserve(a.size() + b.size());
  both += a;
  both += b;
  return Scalar(std::move(both));
}

Scalar ExpressionEvaluator::repeat(const Scalar& text, const Scalar& times, std::size_t offset) {
  std::string buffer;
  const std::string_view unit = text.text(buffer);
  const Number wanted = times.number();
  const std::int64_t count = wanted.integer();
  if (wanted.is_negative() || count == 0 || unit.empty()) return Scalar::view("");
  if (count < 0 || static_cast<std::size_t>(count) > most_bytes / unit.size()) spend(most_bytes + 1, offset);
  spend(static_cast<std::size_t>(count) * unit.size(), offset);
  std::string out;
  out.reserve(static_cast<std::size_t>(count) * unit.size());
  for (std::int64_t i = 0; i < count; ++i) out += unit;
  return Scalar(std::move(out));
}

void ExpressionEvaluator::repeat_list(const ExpressionNode& node, Scalars& out) {
  Scalars unit;
  list(*node.kids[0], unit);
  const std::int64_t count = scalar(*node.kids[1]).number().integer();
  for (std::int64_t i = 0; i < count && !unit.empty(); ++i) {
    for (const Scalar& value : unit) {
      take(value.size() + 64, node.offset);
      out.push_back(value);
    }
  }
}

Scalar ExpressionEvaluator::comparison(Op op, const Scalar& left, const Scalar& right) {
  using Ordering = std::partial_ordering;
  const bool of_texts = op >= Op::same && op <= Op::collate;
  std::string left_buffer, right_buffer;
  const Ordering order =
      of_texts ? Ordering(left.text(left_buffer) <=> right.text(right_buffer)) : compare(left.number(), right.number());
  const auto is = [&](bool truth) { return Scalar(truth); };
  if (op == Op::equal || op == Op::same) return is(order == 0);
  if (op == Op::not_equal || op == Op::not_same) return is(order != 0);
  if (op == Op::less || op == Op::before) return is(order < 0);
  if (op == Op::greater || op == Op::after) return is(order > 0);
  if (op == Op::less_equal || op == Op::not_after) return is(order <= 0);
  if (op == Op::greater_equal || op == Op::not_before) return is(order >= 0);
  if (order == Ordering::unordered) return {};
  return Scalar(Number(std::int64_t{order < 0 ? -1 : order > 0 ? 1 : 0}));
}

Scalar ExpressionEvaluator::logic(const ExpressionNode& node) {
  if (node.op == Op::logical_not) return Scalar(!truth(*node.kids[0]));
  Scalar left = scalar(*node.kids[0]);
  if (node.op == Op::conditional) {
    if (left.is_true()) return scalar(*node.kids[1]);
    return node.kids.size() > 2 ? scalar(*node.kids[2]) : left;
  }
  if (node.op == Op::exclusive) return Scalar(left.is_true() != truth(*node.kids[1]));
  const bool decided = node.op == Op::both     ? !left.is_true()
                       : node.op == Op::either ? left.is_true()
                                               : left.is_defined();
  return decided ? left : scalar(*node.kids[1]);
}

std::size_t ExpressionEvaluator::array_size(std::size_t array) const {
  return array == 0 ? context_.arguments.size() + 1 : arrays_[array].size();
}

Scalar ExpressionEvaluator::element(std::size_t array, std::int64_t subscript) const {
  const auto size = static_cast<std::int64_t>(array_size(array));
  const std::int64_t at = subscript < 0 ? subscript + size : subscript;
  if (at < 0 || at >= size) return {};
  const auto index = static_cast<std::size_t>(at);
  if (array > 0) return arrays_[array][index];
  return index == 0 ? Scalar() : Scalar::view(context_.arguments[index - 1]);
}

Scalar ExpressionEvaluator::capture(std::size_t group) const {
  if (group >= captures_.ranges.size() || captures_.ranges[group].first == RegexMatch::unset) return {};
  const auto [begin, end] = captures_.ranges[group];
  return Scalar(captures_.subject->substr(begin, end - begin));
}

Scalar ExpressionEvaluator::name(const ExpressionNode& node) {
  if (context_.lookup) {
    if (const auto found = context_.lookup(node.text)) return read(Scalar::view(*found), node.offset);
  }
  if (!node.kids.empty()) return scalar(*node.kids[0]);
  fail(fmt::format("there is no column or parameter {}; a text needs quotes: '{}'", node.text, node.text), node.offset);
}

Scalar& ExpressionEvaluator::place(const ExpressionNode& target) {
  return target.op == Op::topic ? topic_ : variables_[target.index];
}

Scalar ExpressionEvaluator::assign(const ExpressionNode& node) {
  const ExpressionNode& target = *node.kids[0];
  if (!node.compound) return place(target) = scalar(*node.kids[1]);
  const Op op = *node.compound;
  const Scalar& old = place(target);
  if (op == Op::both || op == Op::either || op == Op::defined_or) {
    const bool decided = op == Op::both ? !old.is_true() : op == Op::either ? old.is_true() : old.is_defined();
    return decided ? read(old, node.offset) : place(target) = scalar(*node.kids[1]);
  }
  const Scalar right = scalar(*node.kids[1]);
  return place(target) = arithmetic(op, place(target), right, node.offset);
}

std::size_t ExpressionEvaluator::assign_list(const ExpressionNode& node) {
  Scalars values;
  list(*node.kids[1], values);
  const std::size_t count = values.size();
  const ExpressionNode& target = *node.kids[0];
  if (target.op == Op::array) {
    arrays_[target.index] = std::move(values);
    return count;
  }
  std::size_t next = 0;
  for (const NodePtr& kid : target.kids) {
    if (kid->op == Op::array) {
      const auto rest = values.begin() + static_cast<std::ptrdiff_t>(std::min(next, count));
      arrays_[kid->index].assign(rest, values.end());
      next = count;
    } else if (kid->op == Op::call) {
      ++next;  // undef: a place that is left out
    } else {
      place(*kid) = next < count ? values[next] : Scalar();
      ++next;
    }
  }
  return count;
}

Scalar ExpressionEvaluator::increment(const ExpressionNode& node) {
  Scalar& target = place(*node.kids[0]);
  const Scalar before = read(target, node.offset);
  const bool adds = node.index == 1;
  if (adds && before.is_defined() && before.held_number() == nullptr) {
    if (auto next = successor(before.text())) {
      target = made(std::move(*next), node.offset);
      return node.flag ? before : target;
    }
  }
  const Number number = before.number();
  target = Scalar(adds ? number + one : number - one);
  if (!node.flag) return target;
  return before.is_defined() ? before : Scalar(Number());
}

Scalar ExpressionEvaluator::negated(const Scalar& value) const {
  std::string buffer;
  const std::string_view text = value.text(buffer);
  if (value.held_number() == nullptr && !text.empty()) {
    if (is_word_start(text[0])) return Scalar(fmt::format("-{}", text));
    if ((text[0] == '-' || text[0] == '+') && !looks_like_number(text)) {
      return Scalar(fmt::format("{}{}", text[0] == '-' ? '+' : '-', text.substr(1)));
    }
  }
  const Number number = value.number();
  return Scalar(number.is_integer() ? Number() - number : Number(-number.real()));
}

Scalar ExpressionEvaluator::interpolated(const ExpressionNode& node) {
  std::string text, buffer;
  for (const NodePtr& kid : node.kids) {
    if (kid->op == Op::array) {
      Scalars parts;
      list(*kid, parts);
      text += joined(" ", parts, 0, kid->offset).text();
    } else {
      const Scalar part = scalar(*kid);
      text += part.text(buffer);
    }
    if (text.size() > most_bytes) break;
  }
  return made(std::move(text), node.offset);
}

}  // namespace farm
