#include "base/slot_rule.hpp"

#include <cstdint>

#include "base/units.hpp"

namespace farm {
namespace {

// The highest pid_max Linux allows: no node can run more tasks than it has process ids.
constexpr std::uint64_t most_slots = 4'194'304;

// For -j 0. Each task takes a few descriptors of its shepherd's, of which the usual limit is 1024.
constexpr std::int64_t as_many_as_possible = 250;

}  // namespace

std::optional<SlotRule> parse_slot_rule(std::string_view text) {
  SlotRule rule{.kind = SlotRule::Kind::count};
  std::string_view digits = text;
  if (text.starts_with('+') || text.starts_with('-')) {
    rule.kind = SlotRule::Kind::more;
    digits.remove_prefix(1);
  } else if (text.ends_with('%')) {
    rule.kind = SlotRule::Kind::percent;
    digits.remove_suffix(1);
  }
  const auto number = parse_count(digits);
  if (!number || *number > most_slots) return std::nullopt;
  rule.number = static_cast<std::int64_t>(*number);
  if (text.starts_with('-')) rule.number = -rule.number;
  return rule;
}

std::optional<SlotRule> parse_sweep_slot_rule(std::string_view text) {
  auto rule = parse_slot_rule(text);
  if (!rule || rule->number != 0 || rule->kind == SlotRule::Kind::more) return rule;
  if (rule->kind == SlotRule::Kind::percent) return std::nullopt;
  rule->number = as_many_as_possible;
  return rule;
}

}  // namespace farm
