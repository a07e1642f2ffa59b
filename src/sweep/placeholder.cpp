#include "sweep/placeholder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/text.hpp"
#include "farm/error.hpp"
#include "sweep/shell_form.hpp"

namespace farm {
namespace {

using What = Placeholder::What;

Placeholder part(PathPart which) {
  Placeholder placeholder;
  placeholder.part = which;
  return placeholder;
}

Placeholder counter(What what, bool padded = false) {
  Placeholder placeholder;
  placeholder.what = what;
  placeholder.padded = padded;
  return placeholder;
}

Placeholder all_if(Placeholder::Wants wants) {
  Placeholder placeholder;
  placeholder.wants = wants;
  return placeholder;
}

// A variable of the task's, which only its shell can fill in. Once, however many values there are.
Placeholder variable(const std::string& name) {
  Placeholder placeholder;
  placeholder.what = What::computed;
  placeholder.position = 1;
  placeholder.expression = std::make_shared<const Expression>(Expression::parse("$_='${" + name + "}'; uq()"));
  return placeholder;
}

// A number without anything around it: "3", "-1", "0".
std::optional<int> parse_position(std::string_view text) {
  int position = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), position);
  if (error != std::errc() || end != text.data() + text.size() || text == "-0") return std::nullopt;
  return position;
}

[[noreturn]] void refuse(std::string_view text, std::size_t at, const std::string& message) {
  const std::string before = printable(text.substr(0, at), text.size());
  fail_usage(
      fmt::format("{}\n  {}\n  {:>{}}", message, printable(text, 2 * text.size() + 200), '^', before.size() + 1));
}

std::shared_ptr<const Expression> parse(std::string_view expression, std::string_view whole, std::size_t at) {
  try {
    return std::make_shared<const Expression>(Expression::parse(expression));
  } catch (const ExpressionError& error) {
    refuse(whole, at + error.offset(), error.what());
  }
}

}  // namespace

Placeholders::Placeholders(const ReplacementNames& names, std::vector<std::string> columns)
    : expression_begin_(names.expression_begin),
      expression_end_(names.expression_end),
      columns_(std::move(columns)),
      has_shell_forms_(names.plus) {
  for (const auto& [name, text] : names.defined) define(name, text);
  add(names.value, part(PathPart::whole));
  add(names.no_extension, part(PathPart::no_extension));
  add(names.base, part(PathPart::base));
  add(names.directory, part(PathPart::directory));
  add(names.base_no_extension, part(PathPart::base_no_extension));
  add(names.sequence, counter(What::sequence));
  add(names.slot, counter(What::slot));
  if (names.plus) {
    add("{..}", part(PathPart::no_2_extensions));
    add("{...}", part(PathPart::no_3_extensions));
    add("{/..}", part(PathPart::base_no_2_extensions));
    add("{/...}", part(PathPart::base_no_3_extensions));
    add("{+/}", part(PathPart::own_directory));
    add("{+.}", part(PathPart::extension));
    add("{+..}", part(PathPart::last_2_extensions));
    add("{+...}", part(PathPart::last_3_extensions));
    add("{##}", counter(What::total));
    add("{0#}", counter(What::sequence, true));
    add("{0%}", counter(What::slot, true));
    add("{slot}", counter(What::slot));
    add("{seq}", counter(What::sequence));
    add("{choose_k}", all_if(Placeholder::Wants::rising));
    add("{uniq}", all_if(Placeholder::Wants::different));
    add("{host}", variable("PARALLEL_SSHHOST"));
    add("{hgrp}", variable("PARALLEL_HOSTGROUPS"));
  }
  std::stable_sort(tags_.begin(), tags_.end(),
                   [](const Tag& a, const Tag& b) { return a.text.size() > b.text.size(); });
}

void Placeholders::add(std::string text, Placeholder meaning) {
  if (!text.empty()) tags_.push_back({std::move(text), std::move(meaning)});
}

void Placeholders::define(const std::string& name, const std::string& expression) {
  if (!DynamicTag::is_one(name)) {
    Placeholder meaning;
    meaning.what = What::computed;
    meaning.expression = parse(expression, expression, 0);
    return add(name, std::move(meaning));
  }
  try {
    dynamic_tags_.emplace_back(name, expression);
  } catch (const RegexError& error) {
    fail_usage(fmt::format("--rpl {}: not a regular expression: {}", printable(name), error.what()));
  } catch (const ExpressionError& error) {
    refuse(expression, error.offset(), error.what());
  }
}

std::optional<Placeholders::Found> Placeholders::find(std::string_view text, std::size_t at) const {
  if (auto found = find_expression(text, at)) return found;
  const std::string_view rest = text.substr(at);
  if (auto found = find_dynamic(rest)) return found;
  if (auto found = find_tag(rest)) return found;
  if (auto found = find_chosen(rest)) return found;
  return has_shell_forms_ ? find_shell_form(rest) : std::nullopt;
}

std::optional<Placeholders::Found> Placeholders::find_tag(std::string_view text) const {
  for (const Tag& tag : tags_) {
    if (text.starts_with(tag.text)) return Found{tag.meaning, tag.text.size()};
  }
  return std::nullopt;
}

std::optional<Placeholders::Found> Placeholders::find_dynamic(std::string_view text) const {
  try {
    for (const DynamicTag& tag : dynamic_tags_) {
      const auto found = tag.find(text);
      if (!found) continue;
      Placeholder meaning;
      meaning.what = What::computed;
      meaning.position = found->position;
      meaning.expression = found->expression;
      return Found{std::move(meaning), found->length};
    }
    return std::nullopt;
  } catch (const std::runtime_error& error) {
    fail_usage(fmt::format("--rpl, in {}: {}", printable(text), error.what()));
  }
}

// `{2}`, `{-1/.}`, `{name.}`: what is in a tag's braces may follow a number or a name. A name that ends like a tag is
// taken for the name.
std::optional<Placeholders::Found> Placeholders::find_chosen(std::string_view text) const {
  if (!text.starts_with('{')) return std::nullopt;
  const std::size_t close = text.find('}');
  if (close == text.npos) return std::nullopt;
  const std::string_view inside = text.substr(1, close - 1);
  const Found* best = nullptr;
  Found found;
  std::size_t shortest = text.npos;
  for (const Tag& tag : tags_) {
    if (tag.meaning.what != What::value && tag.meaning.what != What::computed) continue;
    if (!tag.text.starts_with('{') || !tag.text.ends_with('}')) continue;
    const std::string_view suffix = std::string_view(tag.text).substr(1, tag.text.size() - 2);
    if (suffix.size() >= shortest || inside.size() <= suffix.size() || !inside.ends_with(suffix)) continue;
    const auto position = position_of(inside.substr(0, inside.size() - suffix.size()));
    if (!position) continue;
    found = {tag.meaning, close + 1};
    found.placeholder.position = *position;
    best = &found;
    shortest = suffix.size();
  }
  return best == nullptr ? std::nullopt : std::optional(found);
}

std::optional<int> Placeholders::position_of(std::string_view text) const {
  if (const auto position = parse_position(text)) return position;
  const auto column = std::find(columns_.begin(), columns_.end(), text);
  if (column == columns_.end() || text.empty()) return std::nullopt;
  return static_cast<int>(column - columns_.begin()) + 1;
}

// `{:-none}`, `{2%.txt}`.
std::optional<Placeholders::Found> Placeholders::find_shell_form(std::string_view text) const {
  const std::size_t close = text.find('}');
  if (!text.starts_with('{') || close == text.npos) return std::nullopt;
  std::string_view inside = text.substr(1, close - 1);
  Found found;
  found.length = close + 1;
  found.placeholder.what = What::computed;
  const std::size_t number =
      std::min(inside.find_first_not_of("0123456789", inside.starts_with('-') ? 1 : 0), inside.size());
  if (number > 0) {
    const auto position = parse_position(inside.substr(0, number));
    if (!position) return std::nullopt;
    found.placeholder.position = *position;
    inside.remove_prefix(number);
  }
  const auto expression = shell_form(inside);
  if (!expression) return std::nullopt;
  try {
    found.placeholder.expression = std::make_shared<const Expression>(Expression::parse(*expression));
  } catch (const ExpressionError& error) {
    fail_usage(fmt::format("{}: not a regular expression: {}", printable(text.substr(0, close + 1)), error.what()));
  }
  return found;
}

// `{= expression =}`, `{=2 expression =}`.
std::optional<Placeholders::Found> Placeholders::find_expression(std::string_view text, std::size_t at) const {
  if (expression_begin_.empty() || !text.substr(at).starts_with(expression_begin_)) return std::nullopt;
  const std::size_t begin = at + expression_begin_.size();
  const std::size_t end = text.find(expression_end_, begin);
  if (end == text.npos) return std::nullopt;
  std::string_view inside = text.substr(begin, end - begin);
  Found found;
  found.length = end + expression_end_.size() - at;
  found.placeholder.what = What::computed;
  const std::size_t space = std::min(inside.find(' '), inside.size());
  std::size_t skipped = 0;
  if (const auto position = parse_position(inside.substr(0, space))) {
    found.placeholder.position = *position;
    skipped = space;
    inside.remove_prefix(space);
  }
  found.placeholder.expression = parse(inside, text, begin + skipped);
  return found;
}

}  // namespace farm
