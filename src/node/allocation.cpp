#include "node/allocation.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "base/text.hpp"
#include "base/units.hpp"
#include "node/job_age.hpp"
#include "shepherd/program_output.hpp"

namespace farm {
namespace {

using Complain = std::function<void(const std::string&)>;

// Above the time that any job may take, and far from where sums overflow.
constexpr std::uint64_t most_seconds = std::uint64_t{100} * 366 * 24 * 3600;

std::optional<Nanos> seconds_in(std::string_view text) {
  const auto count = parse_count(text);
  if (!count || *count > most_seconds) return std::nullopt;
  return std::chrono::seconds(static_cast<std::int64_t>(*count));
}

// From its own variables.
std::optional<AllocationEnd> slurm_job_end(const Variables& environment, Nanos now, const Complain& complain) {
  const auto text = find_variable(environment, "SLURM_JOB_END_TIME");
  if (!text) return std::nullopt;
  const auto at = seconds_in(*text);
  if (!at || *at <= now) {
    complain(fmt::format("SLURM_JOB_END_TIME={} is {}: it is not heeded", shell_quote(printable(*text, 60)),
                         at ? "in the past" : "not a number of seconds"));
    return std::nullopt;
  }
  return AllocationEnd{*at, "SLURM_JOB_END_TIME"};
}

std::optional<AllocationEnd> slurm_end(const Variables& environment, Nanos now, const BatchSystem& batch_system,
                                       const Complain& complain) {
  if (auto end = slurm_job_end(environment, now, complain)) return end;
  const auto job = find_variable(environment, "SLURM_JOB_ID");
  if (!job || !parse_count(*job)) return std::nullopt;
  auto answer = batch_system.squeue(std::string(*job));
  if (!answer) return std::nullopt;
  answer->erase(std::remove_if(answer->begin(), answer->end(), [](char c) { return c == ' ' || c == '\n'; }),
                answer->end());
  const auto left = parse_slurm_time(*answer);
  return left ? std::optional(AllocationEnd{now + *left, "squeue"}) : std::nullopt;
}

std::optional<AllocationEnd> pbs_end(const Variables& environment, Nanos now, const BatchSystem& batch_system) {
  const auto text = find_variable(environment, "PBS_WALLTIME");
  if (!text || !environment.contains("PBS_JOBID")) return std::nullopt;
  auto length = seconds_in(*text);
  if (!length) length = parse_slurm_time(*text);
  const auto age = length ? batch_system.age("PBS_JOBID") : std::nullopt;
  return age ? std::optional(AllocationEnd{now - *age + *length, "PBS_WALLTIME", length}) : std::nullopt;
}

}  // namespace

std::optional<AllocationEnd> allocation_end(const Variables& environment, Nanos now, const BatchSystem& batch_system,
                                            const std::function<void(const std::string&)>& complain) {
  if (auto end = slurm_end(environment, now, batch_system, complain)) {
    const auto text = find_variable(environment, "SLURM_JOB_START_TIME");
    const auto start = text ? seconds_in(*text) : std::nullopt;
    if (start && *start <= now) end->length = end->at - *start;
    return end;
  }
  return pbs_end(environment, now, batch_system);
}

std::optional<Nanos> parse_slurm_time(std::string_view text) {
  std::uint64_t days = 0;
  const std::size_t dash = text.find('-');
  if (dash != std::string_view::npos) {
    const auto count = parse_count(text.substr(0, dash));
    if (!count || *count > most_seconds) return std::nullopt;
    days = *count;
    text.remove_prefix(dash + 1);
  }
  std::vector<std::uint64_t> parts;  // hours, minutes, seconds
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find(':', at), text.size());
    const auto part = parse_count(text.substr(at, end - at));
    if (!part || *part > most_seconds) return std::nullopt;
    parts.push_back(*part);
    at = end + 1;
  }
  const bool has_days = dash != std::string_view::npos;
  if (parts.size() != 3 && (has_days || parts.size() != 2)) return std::nullopt;
  std::uint64_t seconds = days * 24;
  if (parts.size() == 2) parts.insert(parts.begin(), 0);
  seconds = ((seconds + parts[0]) * 60 + parts[1]) * 60 + parts[2];
  if (seconds > most_seconds) return std::nullopt;
  return std::chrono::seconds(static_cast<std::int64_t>(seconds));
}

BatchSystem ask_batch_system() {
  return {.squeue = [](const std::string& job) -> std::optional<std::string> {
            constexpr Nanos patience = std::chrono::seconds(10);  // slurmctld may be busy; squeue itself waits longer
            return program_output({"squeue", "-h", "-j", job, "-o", "%L"}, patience);
          },
          .age = [](const std::string& variable) { return job_age(variable); }};
}

}  // namespace farm
