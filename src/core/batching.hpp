/// How much work a worker should hold beyond what it runs, and how long it may hold its results: nothing for long
/// tasks, enough for short ones that neither the way to the master nor a message per task limits them. Pure.
#pragma once
#include <cstdint>

#include "base/clock.hpp"

namespace farm {

struct BatchingInput {
  Nanos mean{0};  ///< of a task's time, including its start; 0: unknown
  double squared_variation = 0;
  std::uint64_t samples = 0;  ///< how many tasks the mean is made of
  std::uint64_t workers = 1;
  std::uint64_t slots = 1;    ///< of all workers
  std::uint64_t waiting = 0;  ///< tasks not handed out yet, as far as known
  bool all_known = false;     ///< no more tasks will be read
};

struct Batching {
  std::uint32_t queue_per_slot = 0;  ///< tasks beyond the running one
  Nanos report_within{0};            ///< 0: at once
  friend bool operator==(const Batching&, const Batching&) = default;
};

Batching choose_batching(const BatchingInput& input);

}  // namespace farm
