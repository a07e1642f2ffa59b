#include "core/halt.hpp"

namespace farm {

HaltWatch::HaltWatch(HaltRule rule, std::optional<std::uint64_t> total) : rule_(rule), total_(total) {}

bool HaltWatch::is_met() const {
  if (rule_.count > 0) return counted_ >= rule_.count;
  if (!total_ || *total_ == 0) return false;
  return 100.0 * static_cast<double>(counted_) / static_cast<double>(*total_) >= rule_.percent;
}

bool HaltWatch::settled(bool succeeded) {
  if (!is_active() || met_) return false;
  const bool counts = rule_.why == HaltRule::Why::done || (rule_.why == HaltRule::Why::success) == succeeded;
  if (!counts) return false;
  ++counted_;
  met_ = is_met();
  return met_;
}

}  // namespace farm
