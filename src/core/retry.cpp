#include "core/retry.hpp"

#include <algorithm>

namespace farm {
namespace {

using namespace std::chrono_literals;

constexpr Nanos longest_pause = 60s;

// Twice as much, or a quarter more than was seen, as Condor's and Nextflow's users settle on; three times is eightfold.
constexpr double usual_growth = 2;
constexpr double growth_over_peak = 1.25;
constexpr std::uint32_t most_growths = 3;

bool fits(const RetryCondition& condition, const Outcome& outcome) {
  const bool right_code = !condition.code || *condition.code == outcome.code;
  switch (condition.end) {
    case RetryCondition::End::exit:
      return outcome.cause == Cause::exited && right_code;
    case RetryCondition::End::signal:
      return outcome.cause == Cause::signaled && right_code;
    case RetryCondition::End::timeout:
      return outcome.cause == Cause::timed_out;
    case RetryCondition::End::memory:
      return outcome.cause == Cause::out_of_memory;
    case RetryCondition::End::not_started:
      return outcome.cause == Cause::not_started;
  }
  return false;
}

const RetryCondition* condition_for(const RetryRule& rule, const Outcome& outcome) {
  const auto found = std::find_if(rule.conditions.begin(), rule.conditions.end(),
                                  [&](const RetryCondition& condition) { return fits(condition, outcome); });
  return found == rule.conditions.end() ? nullptr : &*found;
}

std::uint64_t times(std::uint64_t number, double factor) {
  constexpr double most = 9e18;
  return static_cast<std::uint64_t>(std::min(most, static_cast<double>(number) * factor));
}

// 0 when it cannot have more than it had.
std::uint64_t grown_memory(const Outcome& outcome, const RetryHistory& history, double growth,
                           const RetryLimits& limits) {
  if (history.memory == 0) return 0;
  std::uint64_t memory = std::max(times(history.memory, growth), times(outcome.usage.peak_rss_bytes, growth_over_peak));
  if (limits.most_memory > 0) memory = std::min(memory, limits.most_memory);
  return memory > history.memory ? memory : 0;
}

// A number between 0 and 1 that is the same for the same attempt (the finalizer of MurmurHash3).
double spread(AttemptKey key) {
  std::uint64_t bits = value(key.task) * 0x9e3779b97f4a7c15U + value(key.attempt);
  bits = (bits ^ (bits >> 33)) * 0xff51afd7ed558ccdU;
  bits = (bits ^ (bits >> 33)) * 0xc4ceb9fe1a85ec53U;
  bits ^= bits >> 33;
  return static_cast<double>(bits >> 11) * 0x1.0p-53;
}

Nanos pause_after(std::uint32_t failures, Nanos base, AttemptKey key) {
  const Nanos whole = std::min(longest_pause, base * (std::int64_t{1} << std::min(failures, 16U)));
  return std::chrono::duration_cast<Nanos>(whole * (0.5 + spread(key)));
}

}  // namespace

RetryVerdict judge(const Outcome& outcome, const RetryHistory& history, const RetryRule& rule,
                   const RetryLimits& limits, AttemptKey key) {
  if (outcome.cause == Cause::cancelled || outcome.cause == Cause::preempted) return {.again = true};
  if (outcome.cause == Cause::lost) return {.again = history.crashes < most_crashes};

  const RetryCondition* const condition = condition_for(rule, outcome);
  RetryVerdict verdict;
  if (outcome.cause == Cause::out_of_memory) {
    verdict.memory =
        grown_memory(outcome, history, condition ? std::max(condition->growth, 1.0) : usual_growth, limits);
    // Asking for too little is no failure of the task as long as there is more to give.
    if (verdict.memory > 0 && history.growths < most_growths) {
      verdict.again = true;
      return verdict;
    }
  }
  verdict.charged = true;
  const bool has_tries = history.tries == 0 || history.failures + 1 < history.tries;
  verdict.again = has_tries && (rule.conditions.empty() || condition != nullptr);
  if (!verdict.again) return verdict;
  if (condition != nullptr && outcome.cause == Cause::timed_out) verdict.timeout_growth = condition->growth;
  verdict.pause = pause_after(history.failures, limits.pause, key);
  return verdict;
}

bool may_be_the_workers_fault(const Outcome& outcome) {
  // What a shell answers for a program that is not there, or cannot be executed, before it can have done any work.
  constexpr std::int32_t not_executable = 126;
  constexpr std::int32_t not_found = 127;
  constexpr Nanos at_once = 1s;
  if (outcome.cause == Cause::not_started) return true;
  return outcome.cause == Cause::exited && (outcome.code == not_executable || outcome.code == not_found) &&
         outcome.usage.wall <= at_once;
}

}  // namespace farm
