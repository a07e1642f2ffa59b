/// What a run would take, found out by driving the real scheduler with simulated workers on a simulated clock: a
/// discrete event simulation. The master handles one message at a time, so that its load and its queue show. Pure, and
/// the same every time.
#pragma once
#include <cstdint>
#include <functional>
#include <vector>

#include "base/clock.hpp"
#include "core/event.hpp"
#include "core/shape.hpp"
#include "core/task_graph.hpp"

namespace farm {

/// What things take. The first two were measured on rank 0 (raw MPI messages of 64 tasks, shared memory and TCP).
struct SimulatedCosts {
  Nanos per_message = std::chrono::microseconds(4);  ///< of the master's, for a message and its answer
  Nanos per_task{900};                               ///< of the master's, beside that
  Nanos latency = std::chrono::microseconds(50);     ///< of the network, one way
  Nanos spawn = std::chrono::milliseconds(1);        ///< of a slot, for each task: start its process, gather its end
};

struct SimulatedRank {
  std::uint32_t slots = 1;
  std::uint32_t node = 0;
  double speed = 1;  ///< 0.5: everything takes twice as long
};

struct SimulatedTask {
  NewTask task;  ///< its ordinal and what the scheduler is told of it
  Nanos duration{0};
};

struct SimulationSetup {
  SimulatedCosts costs{};
  std::vector<SimulatedRank> workers;
  Capacity node{};  ///< of each; at least the slots of its workers
  TokenCounts tokens{};
  TaskGraph graph{};
  bool orders_by_weight = false;  ///< some tasks have a priority or an expected duration
  bool speculates = false;
  /// The next task in the order of the manifest; false after the last.
  std::function<bool(SimulatedTask&)> next_task;
};

struct SimulationResult {
  std::uint64_t tasks = 0;     ///< that ended
  std::uint64_t left = 0;      ///< that fit on no node, or wait for one that does not
  std::uint64_t messages = 0;  ///< in both directions
  Nanos makespan{0};           ///< from the first greeting to the last result's being handled
  Nanos lower_bound{0};        ///< nobody could be faster: work by slots, the longest task, the longest way
  Nanos master_busy{0};
  double slot_seconds = 0;        ///< of work, with the starts of processes
  std::vector<Misfit> misfits{};  ///< the first task of each kind that fits on no node

  double efficiency() const { return makespan > Nanos::zero() ? seconds(lower_bound) / seconds(makespan) : 1; }
  double master_load() const { return makespan > Nanos::zero() ? seconds(master_busy) / seconds(makespan) : 0; }
  double tasks_per_second() const {
    return makespan > Nanos::zero() ? static_cast<double>(tasks) / seconds(makespan) : 0;
  }
};

SimulationResult simulate(SimulationSetup setup);

}  // namespace farm
