/// How many slots a node has, from the text of `-j` and its kin. Knows nothing of which node.
#pragma once
#include <optional>
#include <string_view>

#include "farm/options.hpp"

namespace farm {

/// "8", "50%", "+2", "-1"; nullopt when it is none of these.
std::optional<SlotRule> parse_slot_rule(std::string_view text);

/// The same where 0, "as many as possible", means something, and nullopt where what is said comes to no slot at all:
/// `-j` of a sweep, written out or in a file.
std::optional<SlotRule> parse_sweep_slot_rule(std::string_view text);

}  // namespace farm
