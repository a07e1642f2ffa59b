#include "node/node_resources.hpp"

#include <algorithm>
#include <map>
#include <string_view>

#include "base/units.hpp"

namespace farm {
namespace {

enum class Maker { unknown, nvidia, amd };

constexpr std::uint32_t most_gpus = 4096;  // a range beyond that is no list of GPUs

Maker maker_of_gpus(const NodeFacts& facts, const Variables& environment) {
  if (facts.nvidia_gpus > 0) return Maker::nvidia;
  if (facts.amd_gpus > 0) return Maker::amd;
  const bool has_cuda = environment.contains("CUDA_VISIBLE_DEVICES");
  const bool has_rocr = environment.contains("ROCR_VISIBLE_DEVICES");
  if (has_cuda == has_rocr) return Maker::unknown;
  return has_cuda ? Maker::nvidia : Maker::amd;
}

std::vector<std::string> numbered(std::uint32_t count) {
  std::vector<std::string> names;
  for (std::uint32_t i = 0; i < count; ++i) names.push_back(std::to_string(i));
  return names;
}

// "4-7" as Slurm writes it; false for all else.
bool add_range(std::string_view text, std::vector<std::string>& names) {
  const std::size_t dash = text.find('-');
  const auto first = parse_count(text.substr(0, dash));
  const auto last = dash == std::string_view::npos ? std::nullopt : parse_count(text.substr(dash + 1));
  if (!first || !last || *last < *first || *last >= most_gpus) return false;
  for (std::uint64_t number = *first; number <= *last; ++number) names.push_back(std::to_string(number));
  return true;
}

// As the CUDA driver reads its variable: what is behind an invalid entry does not count.
std::vector<std::string> listed(std::string_view text) {
  std::vector<std::string> names;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(',', at), text.size());
    const std::string_view name = text.substr(at, end - at);
    if (name.empty() || name == "-1" || name == "NoDevFiles" || name == "none") break;
    if (!add_range(name, names)) names.emplace_back(name);
    at = end + 1;
  }
  return names;
}

std::vector<std::string> find_gpus(const NodeFacts& facts, const Variables& environment, Maker maker) {
  std::vector<const char*> variables{"CUDA_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES", "GPU_DEVICE_ORDINAL",
                                     "SLURM_STEP_GPUS", "SLURM_JOB_GPUS"};
  // Slurm may set all of them; on an AMD node the first one means something else.
  if (maker == Maker::amd) std::rotate(variables.begin(), variables.begin() + 1, variables.begin() + 3);
  for (const char* const name : variables) {
    if (const auto text = find_variable(environment, name)) return listed(*text);
  }
  if (environment.contains("SLURM_JOB_ID")) return {};
  return numbered(maker == Maker::nvidia ? facts.nvidia_gpus : facts.amd_gpus);
}

std::vector<std::string> choosing_variables(Maker maker) {
  switch (maker) {
    case Maker::nvidia:
      return {"CUDA_VISIBLE_DEVICES"};
    case Maker::amd:
      return {"ROCR_VISIBLE_DEVICES"};
    case Maker::unknown:
      return {"CUDA_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES"};
  }
  return {};
}

std::optional<std::uint64_t> find_count(const Variables& environment, std::string_view name) {
  const auto text = find_variable(environment, name);
  return text ? parse_count(*text) : std::nullopt;
}

// What Slurm granted, in bytes; 0 when that is all there is or nobody knows.
std::uint64_t granted_memory(const Variables& environment, std::uint32_t processors) {
  constexpr std::uint64_t bytes_per_unit = 1 << 20;
  if (const auto per_node = find_count(environment, "SLURM_MEM_PER_NODE")) return *per_node * bytes_per_unit;
  const auto per_cpu = find_count(environment, "SLURM_MEM_PER_CPU");
  if (!per_cpu) return 0;
  // Where Slurm does not bind the job, the affinity mask has the processors of others, too.
  const std::uint64_t granted = find_count(environment, "SLURM_CPUS_ON_NODE").value_or(processors);
  return *per_cpu * bytes_per_unit * std::min<std::uint64_t>(granted, processors);
}

std::uint64_t find_memory(const NodeFacts& facts, const Variables& environment) {
  std::uint64_t least = 0;
  for (const std::uint64_t bytes :
       {facts.installed_memory, facts.memory_limit, granted_memory(environment, facts.processors)}) {
    if (bytes > 0) least = least == 0 ? bytes : std::min(least, bytes);
  }
  return least;
}

}  // namespace

NodeResources node_resources(const NodeFacts& facts, const Variables& environment, const NodeOverrides& overrides) {
  const Maker maker = maker_of_gpus(facts, environment);
  NodeResources resources{.cpus = std::max(1U, overrides.cpus.value_or(facts.processors)),
                          .memory = overrides.memory.value_or(find_memory(facts, environment)),
                          .gpus = find_gpus(facts, environment, maker),
                          .gpu_variables = {}};
  if (overrides.gpus && *overrides.gpus > resources.gpus.size()) resources.gpus = numbered(*overrides.gpus);
  if (overrides.gpus) resources.gpus.resize(*overrides.gpus);
  if (!resources.gpus.empty()) resources.gpu_variables = choosing_variables(maker);
  return resources;
}

std::vector<std::uint32_t> cores_first(const std::vector<Processor>& processors) {
  struct Placed {
    std::uint32_t thread;  // of its core, from 0
    std::uint32_t number;
  };
  std::map<std::uint32_t, std::uint32_t> threads;
  std::vector<Placed> placed;
  for (const Processor& processor : processors) placed.push_back({threads[processor.core]++, processor.number});
  std::ranges::stable_sort(placed, {}, &Placed::thread);
  std::vector<std::uint32_t> numbers;
  for (const Placed& processor : placed) numbers.push_back(processor.number);
  return numbers;
}

std::optional<std::uint32_t> processor_at(const std::vector<std::uint32_t>& processors, std::uint32_t place) {
  if (processors.empty()) return std::nullopt;
  return processors[place % processors.size()];
}

}  // namespace farm
