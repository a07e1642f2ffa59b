#include "core/simulated_worker.hpp"

#include <algorithm>
#include <utility>

namespace farm {

void SimulatedWorker::take(const SendTasks& send) {
  report_within_ = send.report_within;
  batch_ = send.keys.size();
  told_running_low_ = false;
  queue_.insert(queue_.end(), send.keys.begin(), send.keys.end());
}

AttemptsReturned SimulatedWorker::give_back() {
  AttemptsReturned returned{.worker = rank_, .keys = {queue_.begin(), queue_.end()}};
  queue_.clear();
  return returned;
}

void SimulatedWorker::stop(const StopAttempts& order, AttemptsReturned& returned) {
  Outcome outcome;
  outcome.cause = order.cause;
  for (const AttemptKey key : order.keys) {
    if (std::erase(queue_, key) > 0) returned.keys.push_back(key);
    const auto slot =
        std::find_if(slots_.begin(), slots_.end(), [&](const Slot& one) { return one.start != 0 && one.key == key; });
    if (slot == slots_.end()) continue;
    finish(static_cast<std::uint32_t>(slot - slots_.begin()), outcome);
    urgent_ = true;
  }
}

std::optional<SimulatedWorker::Started> SimulatedWorker::start_next() {
  if (queue_.empty() || free_.empty()) return std::nullopt;
  const Started started{.key = queue_.front(), .slot = free_.back(), .start = ++starts_};
  queue_.pop_front();
  free_.pop_back();
  slots_[started.slot] = {.key = started.key, .start = started.start};
  return started;
}

void SimulatedWorker::ended(std::uint32_t slot, const Outcome& outcome, TimePoint now) {
  if (results_.empty()) oldest_result_ = now;
  finish(slot, outcome);
}

void SimulatedWorker::finish(std::uint32_t slot, const Outcome& outcome) {
  results_.push_back({slots_[slot].key, outcome});
  slots_[slot].start = 0;
  free_.push_back(slot);
}

// As Worker::should_report() has it.
bool SimulatedWorker::should_report(TimePoint now) const {
  if (results_.empty()) return false;
  const bool is_idle = queue_.empty() && !free_.empty();
  return urgent_ || (is_running_low() && !told_running_low_) || is_idle || now >= oldest_result_ + report_within_;
}

AttemptsEnded SimulatedWorker::take_report() {
  urgent_ = false;
  told_running_low_ = is_running_low();
  told_due_ = end_of_time;
  return {.worker = rank_, .results = std::exchange(results_, {})};
}

std::optional<TimePoint> SimulatedWorker::new_report_due(TimePoint now) {
  if (results_.empty()) return std::nullopt;
  const TimePoint due = should_report(now) ? now : oldest_result_ + report_within_;
  if (due >= told_due_) return std::nullopt;
  return told_due_ = due;
}

}  // namespace farm
