#include "core/batching.hpp"

#include <algorithm>
#include <cmath>

namespace farm {
namespace {

using namespace std::chrono_literals;

// From a result to the next task's start through a sleeping master: 0.3 to 0.5 ms over a doorbell or the back-off, with
// room for a busy machine.
constexpr Nanos hand_over = 2ms;

// What a queue should hold where there is one: the wake-ups of a message pair cost 0.2 ms of processor time, and half
// of this makes them a few percent of the work they bring.
constexpr Nanos worth_a_message = 9ms;

// Below this share of a task's time the hand-over is not worth any prefetch: a task bound to one worker early cannot go
// to another that is free sooner.
constexpr double acceptable_loss = 0.005;

constexpr Nanos longest_queue = 1s;  // of work hoarded per slot
constexpr std::uint32_t largest_queue = 4096;
constexpr Nanos longest_report = 5ms;

}  // namespace

Batching choose_batching(const BatchingInput& input) {
  if (input.mean <= Nanos::zero() || input.samples < input.slots) return {};
  const double share = seconds(hand_over) / seconds(input.mean);
  if (share <= acceptable_loss) return {};

  double queue = std::ceil(seconds(worth_a_message) / seconds(input.mean));
  queue = std::min(queue, std::floor(seconds(longest_queue) / seconds(input.mean)));
  if (input.all_known) {
    // Factoring: no slot holds more than a fair part of what is left, a smaller one when durations vary.
    const double parts = input.squared_variation > 0.25 ? 4 : 2;
    queue =
        std::min(queue, std::floor(static_cast<double>(input.waiting) / (parts * static_cast<double>(input.slots))));
  }
  const auto queue_per_slot = static_cast<std::uint32_t>(std::clamp(queue, 0.0, double{largest_queue}));
  if (queue_per_slot == 0) return {};
  return {.queue_per_slot = queue_per_slot, .report_within = std::min(longest_report, input.mean * queue_per_slot / 2)};
}

}  // namespace farm
