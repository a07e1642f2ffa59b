/// What becomes of a task whose attempt did not succeed: whether it gets another try, whom that is charged to, and what
/// the next attempt has more of. Pure.
#pragma once
#include <cstdint>
#include <optional>

#include "base/clock.hpp"
#include "core/event.hpp"
#include "farm/needs.hpp"
#include "farm/outcome.hpp"

namespace farm {

/// What a task has gone through.
struct RetryHistory {
  std::uint32_t tries = 1;     ///< attempts in all, 0 without limit
  std::uint32_t failures = 0;  ///< attempts that were charged
  std::uint32_t growths = 0;   ///< attempts that ended for want of memory and were not charged
  std::uint32_t crashes = 0;   ///< workers that were lost while it ran
  std::uint64_t memory = 0;    ///< its limit, 0: none
};

struct RetryLimits {
  std::uint64_t most_memory = 0;  ///< what the largest node has; 0: not known
  Nanos pause{0};                 ///< before a second attempt; twice as long before a third, and so on; 0: none
};

struct RetryVerdict {
  bool again = false;
  bool charged = false;      ///< counts as one of its tries
  std::uint64_t memory = 0;  ///< the next attempt's limit where it grows, else 0
  double timeout_growth = 1;
  Nanos pause{0};  ///< before it may start again
};

inline constexpr std::uint32_t most_crashes = 3;  ///< workers a task may take down before it is given up as poison

/// `rule` is the task's own or the run's. The pause grows as 2^failures to at most a minute and is spread by half to
/// either side, by a number made from `key`: many tasks that failed together do not come back together.
RetryVerdict judge(const Outcome& outcome, const RetryHistory& history, const RetryRule& rule,
                   const RetryLimits& limits, AttemptKey key);

/// Whether the fault may be its worker's: the program was not found or could not be executed, at once.
bool may_be_the_workers_fault(const Outcome& outcome);

}  // namespace farm
