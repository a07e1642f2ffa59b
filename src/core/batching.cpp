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

// What the master takes for a message and its answer, and for each task in them, in seconds: measured over shared
// memory and TCP, 64 tasks a message.
constexpr double per_message = 4e-6;
constexpr double per_task = 0.9e-6;

// A master that is busy for more of its time than this makes tasks wait for it. Then results are held back for so long
// that it is busy for `wanted_load` of its time, as far as that can be: the tasks' own share cannot be made smaller.
constexpr double acceptable_load = 0.5;
constexpr double wanted_load = 0.8;
constexpr double least_left_for_messages = 0.1;
constexpr double longest_report_under_load = 0.1;

// So many tasks tell how long the others will take.
constexpr std::uint64_t enough_samples = 1000;

// What is under way and being reported must not be all there is to run.
constexpr double spare = 1.5;

// How long results are to be held back for the master's sake, in seconds.
double relief(const BatchingInput& input) {
  const double rate = static_cast<double>(input.slots) / seconds(input.mean);
  if (rate * (per_message + per_task) <= acceptable_load) return 0;
  const double left = std::max(least_left_for_messages, wanted_load - rate * per_task);
  return std::min(longest_report_under_load, static_cast<double>(input.workers) * per_message / left);
}

}  // namespace

Batching choose_batching(const BatchingInput& input) {
  if (input.mean <= Nanos::zero() || input.samples < std::min<std::uint64_t>(input.slots, enough_samples)) return {};
  const double mean = seconds(input.mean);
  const double report = relief(input);
  const double round_trip = seconds(hand_over) + report;
  if (round_trip / mean <= acceptable_loss) return {};

  double queue = std::max(std::ceil(spare * round_trip / mean), std::ceil(seconds(worth_a_message) / mean));
  queue = std::min(queue, std::floor(seconds(longest_queue) / mean));
  if (input.all_known) {
    // Factoring: no slot holds more than a fair part of what is left, a smaller one when durations vary.
    const double parts = report > 0 ? 1 : input.squared_variation > 0.25 ? 4 : 2;
    queue =
        std::min(queue, std::floor(static_cast<double>(input.waiting) / (parts * static_cast<double>(input.slots))));
  }
  const auto queue_per_slot = static_cast<std::uint32_t>(std::clamp(queue, 0.0, double{largest_queue}));
  if (queue_per_slot == 0) return {};
  const Nanos usual = std::min(longest_report, input.mean * queue_per_slot / 2);
  const auto under_load = std::chrono::duration_cast<Nanos>(std::chrono::duration<double>(report));
  return {.queue_per_slot = queue_per_slot, .report_within = std::max(usual, under_load)};
}

}  // namespace farm
