/// How a task is asked to end, and then made to: signals and how long each is given to work. Pure.
#pragma once
#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "base/clock.hpp"

namespace farm {

struct TermStep {
  int signal;
  Nanos patience;
};

/// GNU parallel's default --termseq: users of either tool find their tasks have the same time to clean up.
inline constexpr std::array term_sequence{
    TermStep{SIGTERM, std::chrono::milliseconds(200)},
    TermStep{SIGTERM, std::chrono::milliseconds(100)},
    TermStep{SIGTERM, std::chrono::milliseconds(50)},
    TermStep{SIGKILL, std::chrono::milliseconds(25)},
};

/// Step `number`, from 0; after the end of the sequence its last step goes on for ever.
constexpr TermStep term_step(std::size_t number) { return term_sequence[std::min(number, term_sequence.size() - 1)]; }

/// "TERM,200,TERM,100,KILL,25": signals, by name or number, each with its milliseconds; the last may be without. A
/// sequence without KILL gets one at its end, lest a task stay for ever. nullopt when it is none.
std::optional<std::vector<TermStep>> parse_term_sequence(std::string_view text);

}  // namespace farm
