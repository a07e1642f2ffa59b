#include "base/signal_name.hpp"

#include <csignal>
#include <cstring>

#include "base/units.hpp"

namespace farm {

std::optional<int> signal_number(std::string_view text) {
  if (const auto number = parse_count(text); number && *number > 0 && *number < NSIG) return static_cast<int>(*number);
  if (text.starts_with("SIG")) text.remove_prefix(3);
  for (int signal = 1; signal < NSIG; ++signal) {
    const char* const name = ::sigabbrev_np(signal);
    if (name != nullptr && text == name) return signal;
  }
  return std::nullopt;
}

}  // namespace farm
