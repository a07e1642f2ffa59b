// The part of the scheduler that knows how long things take, and what that means where time is short.
#include <algorithm>
#include <bit>
#include <utility>

#include "core/scheduler.hpp"

namespace farm {
namespace {

// So many of its like say more of a task than the most it may take.
constexpr std::uint64_t enough_to_compare = 10;

// What a task may take longer than is known of it, and still not be cut off by the end of the allocation. With four
// tasks of 100 ms on two busy processors 15 ms more were seen.
constexpr Nanos usual_lateness = std::chrono::milliseconds(20);
constexpr std::int64_t lateness_share = 100;

}  // namespace

DurationHistogram& Scheduler::durations_of(ShapeId shape) {
  const auto index = static_cast<std::size_t>(shape);
  if (index >= shape_durations_.size()) shape_durations_.resize(index + 1);
  return shape_durations_[index];
}

bool Scheduler::would_end_in_time(TaskId task, Nanos wait) const {
  if (!settings_.end) return true;
  return now_ + wait + time_wanted(expected(live_.at(task))) < *settings_.end - settings_.grace;
}

Nanos Scheduler::time_wanted(Nanos expected) {
  return expected > Nanos::zero() ? expected + usual_lateness + expected / lateness_share : Nanos::zero();
}

// Its own time where that is known; else what most of its like took, where these were enough to say less than what it
// may take. Zero: unknown.
Nanos Scheduler::expected(const Live& live) const {
  if (live.expected > Nanos::zero()) return live.expected;
  const auto index = static_cast<std::size_t>(live.shape);
  const bool has_like = index < shape_durations_.size();
  const Nanos usual = has_like ? shape_durations_[index].quantile(0.95) : Nanos::zero();
  if (live.limit == Nanos::zero()) return usual;
  return has_like && shape_durations_[index].samples() >= enough_to_compare ? std::min(usual, live.limit) : live.limit;
}

// A task that may take an hour is too late until a few of its like have taken a second.
void Scheduler::reconsider_too_late(ShapeId shape) {
  const std::uint64_t samples = durations_of(shape).samples();
  if (too_late_.empty() || samples < enough_to_compare || !std::has_single_bit(samples)) return;
  std::vector<TaskId> late = std::exchange(too_late_, {});
  for (const TaskId task : late) {
    if (live_.at(task).shape == shape && would_end_in_time(task, Nanos::zero())) {
      enqueue(task);
    } else {
      too_late_.push_back(task);
    }
  }
}

std::optional<std::pair<TaskId, Nanos>> Scheduler::shortest_too_late() const {
  std::optional<std::pair<TaskId, Nanos>> shortest;
  for (const TaskId task : too_late_) {
    const Nanos time = expected(live_.at(task));
    if (!shortest || time < shortest->second) shortest = {task, time};
  }
  return shortest;
}

std::optional<Nanos> Scheduler::time_limit() const {
  if (!settings_.timeout_percent || good_seconds_.samples() == 0) return std::nullopt;
  constexpr double longest = 1e9;  // seconds: what Nanos holds, and longer than anybody waits
  const double limit = std::min(longest, good_seconds_.value() * *settings_.timeout_percent / 100);
  // Zero would mean no limit.
  return std::max(Nanos(1), std::chrono::duration_cast<Nanos>(std::chrono::duration<double>(limit)));
}

void Scheduler::end_the_overdue() {
  const auto limit = time_limit();
  if (!limit || mode_ == Mode::stopping) return;
  for (; !unlimited_.empty(); unlimited_.pop_front()) {
    const auto& [key, worker, sent] = unlimited_.front();
    if (!is_current(key, worker)) continue;
    if (now_ < sent + *limit) return;
    actions_.push_back(StopAttempts{.worker = worker, .keys = {key}, .cause = Cause::timed_out});
  }
}

// The end has come.
void Scheduler::preempt() {
  is_preempted_ = true;
  if (mode_ == Mode::stopping) return;
  mode_ = Mode::draining;
  for (const Rank rank : cluster_.ranks()) {
    StopAttempts stop{.worker = rank, .keys = {}, .cause = Cause::preempted};
    cluster_.flights(rank).for_each([&](const Flight& flight) { stop.keys.push_back(flight.key); });
    if (!stop.keys.empty()) actions_.push_back(std::move(stop));
  }
}

}  // namespace farm
