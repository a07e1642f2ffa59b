#include "core/batching.hpp"

#include <algorithm>
#include <cmath>

namespace farm {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using namespace std::chrono_literals;

// From a result to the next task's start through a sleeping master: 0.3 to 0.5 ms over a doorbell or the back-off, and
// the wake-ups of a message pair cost 0.1 ms of processor time. Holding 2 ms of work hides the first and makes the
// second less than 5 % of it.
constexpr Nanos hand_over = 2ms;

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

  // Little's law with half as much again: what is used up while the next batch is on its way.
  double queue = std::ceil(1.5 * share);
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
