/// Signals by name.
#pragma once
#include <optional>
#include <string_view>

namespace farm {

/// `KILL`, `SIGKILL` or `9`; nullopt for what is no signal.
std::optional<int> signal_number(std::string_view text);

}  // namespace farm
