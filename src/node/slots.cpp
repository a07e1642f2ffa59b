#include "node/slots.hpp"

#include <algorithm>

namespace farm {
namespace {

std::int64_t slots_of_node(const SlotRule& rule, std::int64_t cpus) {
  switch (rule.kind) {
    case SlotRule::Kind::automatic:
      return cpus;
    case SlotRule::Kind::count:
      return rule.number;
    case SlotRule::Kind::percent:
      return cpus * rule.number / 100;
    case SlotRule::Kind::more:
      return cpus + rule.number;
  }
  return cpus;
}

std::uint32_t at_least_one(std::int64_t number) {
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(number, 1, 1'000'000));
}

}  // namespace

SlotShare share_slots(const SlotRule& rule, std::uint32_t cpus, std::uint32_t workers, std::uint32_t index) {
  const std::uint32_t all = at_least_one(slots_of_node(rule, cpus));
  if (rule.kind == SlotRule::Kind::automatic) {
    const std::uint32_t each = std::max(1U, all / workers);
    return {.slots = each, .first = 1 + index * each};
  }
  const std::uint32_t each = all / workers;
  const std::uint32_t larger = all % workers;
  return {.slots = each + (index < larger ? 1 : 0), .first = 1 + index * each + std::min(index, larger)};
}

std::uint32_t all_slots(const SlotRule& rule, std::uint32_t cpus, std::uint32_t workers) {
  const std::uint32_t all = at_least_one(slots_of_node(rule, cpus));
  return rule.kind == SlotRule::Kind::automatic ? std::max(1U, all / workers) * workers : all;
}

std::uint32_t load_limit(const SlotRule& rule, std::uint32_t cpus) { return at_least_one(slots_of_node(rule, cpus)); }

}  // namespace farm
