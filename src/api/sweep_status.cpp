#include "api/sweep_status.hpp"

#include <algorithm>

namespace farm {
namespace {

constexpr int cannot_go_on = 255;
constexpr std::uint64_t too_many = 101;

int percent_failed(const RunSnapshot& run) {
  const std::uint64_t total = std::max<std::uint64_t>(run.total.value_or(run.known), 1);
  return static_cast<int>((100 * run.failed + total - 1) / total);
}

}  // namespace

int sweep_status(const RunSummary& summary, const HaltRule& halt) {
  const bool was_interrupted = summary.left != std::optional<std::uint64_t>(0) && !summary.halted_by;
  if (was_interrupted || summary.status == cannot_go_on) return cannot_go_on;
  if (summary.halted_by) {
    if (halt.why == HaltRule::Why::success) return 0;
    if (halt.count == 1) return exit_status(*summary.halted_by);
    if (halt.percent > 0) return percent_failed(summary.last);
  }
  return static_cast<int>(std::min(summary.last.failed, too_many));
}

}  // namespace farm
