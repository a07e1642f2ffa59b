#include "shepherd/environment.hpp"

#include <algorithm>
#include <array>

#include "shepherd/process_tree.hpp"

namespace farm {
namespace {

constexpr auto launcher_prefixes = std::to_array<std::string_view>({
    "PMIX_",
    "PMI_",
    "PRTE_",
    "ORTE_",
    "OPAL_",
    "MPI_LOCAL",
    "HYDI_",
    "OMPI_COMM_WORLD_",
    "OMPI_MCA_orte_",
    "OMPI_MCA_ess",
    "OMPI_MCA_pmix",
    "OMPI_MCA_rmaps_",
    "OMPI_MCA_shmem_RUNTIME",
});

constexpr auto launcher_names = std::to_array<std::string_view>({
    "OMPI_APP_CTX_NUM_PROCS",
    "OMPI_ARGV",
    "OMPI_COMMAND",
    "OMPI_FILE_LOCATION",
    "OMPI_FIRST_RANKS",
    "OMPI_MCA_initial_wdir",
    "OMPI_MCA_mpi_oversubscribe",
    "OMPI_NUM_APP_CTX",
    "OMPI_UNIVERSE_SIZE",
});

// Set for each task or each rank: an outer farm's values must not shine through.
constexpr auto farm_names = std::to_array<std::string_view>({
    "FARM_ATTEMPT",
    "FARM_OUTPUT",
    "FARM_RANK",
    "FARM_RUN_DIR",
    mark_variable,
    "FARM_SLOT",
    "FARM_TASK_ID",
    "PARALLEL_JOBSLOT",
    "PARALLEL_PID",
    "PARALLEL_SEQ",
    "PARALLEL_SSHHOST",
});

// Whichever of them a driver goes by: one that is inherited would choose among what another one has chosen already.
constexpr auto gpu_names = std::to_array<std::string_view>({
    "CUDA_VISIBLE_DEVICES",
    "GPU_DEVICE_ORDINAL",
    "HIP_VISIBLE_DEVICES",
    "ROCR_VISIBLE_DEVICES",
});

std::string_view name_of(std::string_view assignment) { return assignment.substr(0, assignment.find('=')); }

bool is_farm_variable(std::string_view name) {
  return std::ranges::find(farm_names, name) != farm_names.end() || name.starts_with("FARM_OUTPUT_");
}

bool is_gpu_variable(std::string_view name) { return std::ranges::find(gpu_names, name) != gpu_names.end(); }

std::string assign(std::string_view name, std::string_view value) {
  std::string assignment(name);
  assignment += '=';
  assignment += value;
  return assignment;
}

std::string joined(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "" : ",") + name;
  return list;
}

}  // namespace

bool is_launcher_variable(std::string_view name) {
  return std::ranges::any_of(launcher_prefixes, [&](std::string_view prefix) { return name.starts_with(prefix); }) ||
         std::ranges::find(launcher_names, name) != launcher_names.end();
}

std::vector<std::string> common_environment(std::span<const std::string_view> inherited, const Settings& settings,
                                            std::string_view mark) {
  std::vector<std::string> common;
  for (const std::string_view assignment : inherited) {
    const std::string_view name = name_of(assignment);
    if (is_launcher_variable(name) || is_farm_variable(name)) continue;
    if (!settings.gpu_variables.empty() && is_gpu_variable(name)) continue;
    common.emplace_back(assignment);
  }
  common.push_back(assign("FARM_RANK", std::to_string(value(settings.rank))));
  if (!settings.run_dir.empty()) common.push_back(assign("FARM_RUN_DIR", settings.run_dir));
  common.push_back(assign(mark_variable, mark));
  return common;
}

std::vector<std::string> own_environment(const LaunchRequest& request, pid_t shepherd,
                                         const std::vector<std::string>& gpu_variables) {
  const std::string sequence = std::to_string(value(request.task) + 1);
  const std::string slot = std::to_string(request.slot);
  std::vector<std::string> own{
      assign("FARM_TASK_ID", sequence), assign("FARM_ATTEMPT", std::to_string(value(request.attempt) + 1)),
      assign("FARM_SLOT", slot),        assign("PARALLEL_SEQ", sequence),
      assign("PARALLEL_JOBSLOT", slot), assign("PARALLEL_PID", std::to_string(shepherd)),
  };
  if (!request.cwd.empty()) own.push_back(assign("PWD", request.cwd));
  if (!request.cpus.empty()) own.push_back(assign("OMP_NUM_THREADS", std::to_string(request.cpus.size())));
  if (request.hides_gpus || !request.gpus.empty()) {
    for (const std::string& name : gpu_variables) own.push_back(assign(name, joined(request.gpus)));
  }
  for (const auto& [name, value] : request.env) own.push_back(assign(name, value));
  return own;
}

std::vector<char*> merge_environment(std::vector<std::string>& common, std::vector<std::string>& own) {
  const auto is_set_by = [](auto first, auto last, std::string_view name) {
    return std::any_of(first, last, [&](std::string_view other) { return name_of(other) == name; });
  };
  std::vector<char*> merged;
  merged.reserve(common.size() + own.size() + 1);
  for (std::string& assignment : common) {
    if (!is_set_by(own.begin(), own.end(), name_of(assignment))) merged.push_back(assignment.data());
  }
  for (auto at = own.begin(); at != own.end(); ++at) {
    if (!is_set_by(std::next(at), own.end(), name_of(*at))) merged.push_back(at->data());
  }
  merged.push_back(nullptr);
  return merged;
}

std::string_view find_variable(std::span<char* const> environment, std::string_view name) {
  for (const char* const entry : environment) {
    if (entry == nullptr) break;
    const std::string_view assignment(entry);
    if (assignment.size() > name.size() && assignment[name.size()] == '=' && assignment.starts_with(name)) {
      return assignment.substr(name.size() + 1);
    }
  }
  return {};
}

}  // namespace farm
