/// When the allocation this run is part of ends. Pure but for ask_batch_system(): the environment, the time and the
/// batch system's answers are passed in.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/variables.hpp"

namespace farm {

struct AllocationEnd {
  Nanos at{0};                    ///< since the epoch
  std::string source;             ///< who said so, in the user's words
  std::optional<Nanos> length{};  ///< from its start to its end; unset: not known
};

struct BatchSystem {
  /// What squeue prints as the time a job has left; nullopt when there is no squeue or it does not answer.
  std::function<std::optional<std::string>(const std::string& job)> squeue;

  /// How long the job's own shell has been running: that of the outermost process that has this variable.
  std::function<std::optional<Nanos>(const std::string& variable)> age;
};

/// In this order: SLURM_JOB_END_TIME, the answer of squeue, PBS_WALLTIME counted from the start of the job's shell (not
/// of farm, which may start late, nor of the job's first start: a job that was requeued has its time over again).
/// nullopt when nobody says, or the time has no limit. What cannot be right is left aside; `complain` is told of it.
std::optional<AllocationEnd> allocation_end(const Variables& environment, Nanos now, const BatchSystem& batch_system,
                                            const std::function<void(const std::string&)>& complain);

/// "1-12:00:00", "12:00:00", "30:00" (minutes and seconds), as Slurm writes times; nullopt for anything else, such as
/// UNLIMITED.
std::optional<Nanos> parse_slurm_time(std::string_view text);

/// The real one. squeue may take up to 10 s to be given up.
BatchSystem ask_batch_system();

}  // namespace farm
