#include "shepherd/term_sequence.hpp"

#include "base/signal_name.hpp"
#include "base/units.hpp"

namespace farm {
namespace {

// Where none is said, after the last signal.
constexpr Nanos usual_patience = std::chrono::milliseconds(25);
constexpr std::uint64_t longest_patience_ms = 24ULL * 60 * 60 * 1000;

std::string_view take_field(std::string_view& text) {
  const std::string_view field = text.substr(0, text.find(','));
  text.remove_prefix(std::min(field.size() + 1, text.size()));
  return field;
}

}  // namespace

std::optional<std::vector<TermStep>> parse_term_sequence(std::string_view text) {
  if (text.empty() || text.ends_with(',')) return std::nullopt;
  std::vector<TermStep> steps;
  while (!text.empty()) {
    const auto signal = signal_number(take_field(text));
    const auto patience = text.empty() ? std::optional<std::uint64_t>(usual_patience / std::chrono::milliseconds(1))
                                       : parse_count(take_field(text));
    if (!signal || !patience || *patience > longest_patience_ms) return std::nullopt;
    steps.push_back({*signal, std::chrono::milliseconds(*patience)});
  }
  if (steps.back().signal != SIGKILL) steps.push_back({SIGKILL, usual_patience});
  return steps;
}

}  // namespace farm
