/// How long a run would take on so many ranks, told without one: an earlier run's tasks, or a manifest's, on the
/// simulator. Changes nothing.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/random_durations.hpp"
#include "core/simulation.hpp"
#include "farm/options.hpp"

namespace farm {

struct SimulateOptions {
  std::string what;                  ///< a manifest, or the directory of a run
  std::vector<std::uint32_t> ranks;  ///< of the whole run, rank 0 among them: a simulation for each
  std::uint32_t ranks_per_node = 1;
  SlotRule slots{};                        ///< of a node
  std::optional<std::uint32_t> node_cpus;  ///< unset: as many as it has ranks
  std::uint32_t node_gpus = 0;
  std::uint64_t node_memory = 0;  ///< 0: enough
  TokenCounts tokens{};
  std::optional<DurationRule> durations{};  ///< drawn; what was recorded does not matter then
  std::string durations_file;               ///< one a line; empty: none
  std::uint64_t seed = 1;
  Nanos latency = std::chrono::microseconds(50);
  std::optional<Nanos> spawn{};  ///< unset: as recorded, else 1 ms
};

struct SimulatedRuns {
  struct Row {
    std::uint32_t ranks = 0;
    std::uint32_t nodes = 0;
    std::uint64_t slots = 0;
    double core_hours = 0;  ///< of the allocation: all processors of its nodes
    SimulationResult result;
  };
  std::vector<Row> rows;
  std::vector<std::string> assumptions;  ///< a line each
};

/// Throws Error (usage): a manifest that is wrong, no durations, tasks that fit on no node.
SimulatedRuns simulate_runs(const SimulateOptions& options);

}  // namespace farm
