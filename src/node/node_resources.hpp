/// What a node has for the tasks of this job. Pure: what the machine and the environment say is passed in
/// (node_facts.hpp reads it).
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/variables.hpp"

namespace farm {

/// A processor this job may use.
struct Processor {
  std::uint32_t number = 0;  ///< as the kernel counts
  std::uint32_t core = 0;    ///< of the machine, as the topology orders them: neighbours share caches and memory
};

/// What the machine shows of itself.
struct NodeFacts {
  std::uint32_t processors = 1;        ///< this job may use, by the affinity mask
  std::uint64_t installed_memory = 0;  ///< bytes; 0: not known
  std::uint64_t memory_limit = 0;      ///< of the tightest cgroup; 0: none
  std::uint32_t nvidia_gpus = 0;
  std::uint32_t amd_gpus = 0;
};

/// What the user says instead.
struct NodeOverrides {
  std::optional<std::uint32_t> cpus;    ///< `--node-cpus`
  std::optional<std::uint32_t> gpus;    ///< `--node-gpus`
  std::optional<std::uint64_t> memory;  ///< `--node-mem`
};

struct NodeResources {
  std::uint32_t cpus = 1;
  std::uint64_t memory = 0;                ///< bytes; 0: not known
  std::vector<std::string> gpus;           ///< as the drivers' variables name them
  std::vector<std::string> gpu_variables;  ///< through which a task is shown some of them
};

/// Memory is the least of what is installed, what the cgroups allow and what Slurm granted (SLURM_MEM_PER_NODE,
/// SLURM_MEM_PER_CPU); what the ranks themselves need is small and not taken off. GPUs are those the allocation names
/// (CUDA_VISIBLE_DEVICES, ROCR_VISIBLE_DEVICES, GPU_DEVICE_ORDINAL, SLURM_STEP_GPUS, SLURM_JOB_GPUS), none in a Slurm
/// job that names none, and elsewhere those of the machine. More GPUs than are known are numbered from 0; 0 of them:
/// farm leaves GPUs alone.
NodeResources node_resources(const NodeFacts& facts, const Variables& environment, const NodeOverrides& overrides);

/// The kernel's numbers of `processors`, which come as the topology has them, in the order in which tasks are to get
/// them: the first hardware thread of every core before the second of any. A task with two processors then has two
/// cores as long as there are any, and no task shares a core while another core is idle; on a full node every order
/// comes to the same. Neighbours in the list are neighbours in the machine.
std::vector<std::uint32_t> cores_first(const std::vector<Processor>& processors);

/// Place `place` of that list on a node that was said to have more processors than it has: they are shared.
/// nullopt when there are none.
std::optional<std::uint32_t> processor_at(const std::vector<std::uint32_t>& processors, std::uint32_t place);

}  // namespace farm
