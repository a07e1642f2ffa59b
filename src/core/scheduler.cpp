#include "core/scheduler.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "base/check.hpp"

namespace farm {
namespace {

// A result settles a task and makes room for the next one.
constexpr std::size_t usual_actions = 4;

// Where times were measured, the manifest's order holds among tasks that took about as long, and among those that are
// too short for the order to matter.
double weight_of(const NewTask& task) {
  const double time = seconds(task.expected);
  if (!task.is_measured) return time;
  constexpr double short_enough = 0.1;
  if (time < short_enough) return 0;
  constexpr double steps_per_doubling = 3;
  return std::exp2(std::round(std::log2(time) * steps_per_doubling) / steps_per_doubling);
}

}  // namespace

Scheduler::Scheduler(Settings settings, TaskGraph graph)
    : settings_(std::move(settings)),
      halt_(settings_.halt, settings_.total),
      delay_(settings_.delay),
      dependencies_(std::move(graph)),
      rules_{settings_.retry_on},
      shapes_(settings_.tokens) {}

Actions Scheduler::apply(const Event& event, TimePoint now) {
  now_ = now;
  actions_.reserve(usual_actions);
  std::visit([this](const auto& one) { on(one); }, event);
  if (settings_.end && now_ >= *settings_.end - settings_.grace && !is_preempted_) preempt();
  end_the_overdue();
  open_barriers();
  hand_out();
  ask_for_more();
  for (const Action& action : actions_) {
    if (const auto* send = std::get_if<SendTasks>(&action)) sends_[static_cast<std::size_t>(value(send->worker))] = 0;
  }
  return std::exchange(actions_, {});
}

// --- events ---------------------------------------------------------------------------------------------------------

void Scheduler::on(const TasksRead& event) {
  asked_for_ -= std::min<std::uint64_t>(asked_for_, event.tasks.size());
  for (const NewTask& task : event.tasks) read(task);
  read_all_ = read_all_ || event.end;
}

void Scheduler::on(const WorkerUp& event) { cluster_.add(event); }

void Scheduler::on(const WorkerDown& event) {
  if (!cluster_.is_up(event.worker)) return;
  const std::uint32_t slots = cluster_.slots(event.worker);
  std::vector<Flight> lost = cluster_.remove(event.worker);
  std::sort(lost.begin(), lost.end(), [](const Flight& a, const Flight& b) { return a.order < b.order; });
  counters_.out -= lost.size();
  // Those that were only queued cannot have been the reason.
  for (std::size_t i = 0; i < lost.size(); ++i) lose(lost[i], event.worker, i < slots);
  set_aside_.erase(event.worker);
  on_probation_.erase(event.worker);
  held_.erase(event.worker);
  unproven_.clear();
  first_unseen_shape_ = 1;
}

void Scheduler::on(const AllWorkersKnown& /*event*/) { workers_known_ = true; }

void Scheduler::on(const AttemptsEnded& event) {
  for (const AttemptResult& result : event.results) {
    if (const auto seat = seat_of(result.key, event.worker)) {
      attempt_ended(result.key, *seat, result.outcome);
    } else {
      superseded_ended(result.key, event.worker);
    }
  }
}

void Scheduler::on(const AttemptsReturned& event) {
  if (cluster_.is_up(event.worker)) cluster_.set_recalled(event.worker, false);
  for (const AttemptKey key : event.keys) {
    const auto seat = seat_of(key, event.worker);
    if (!seat) {
      superseded_ended(key, event.worker);
      continue;
    }
    leave(key, *seat);
    // It never began: its number is for the one that does, so that tasks can count their attempts by it.
    Live& live = live_.at(key.task);
    if (live.next_attempt == next(key.attempt)) live.next_attempt = key.attempt;
    if (live.copies > 0) continue;
    return_to_queue(key.task);
  }
}

void Scheduler::on(const Drain& /*event*/) {
  if (mode_ != Mode::running) return;
  mode_ = Mode::draining;
  ask_workers_to_stop();
}

void Scheduler::on(const Stop& /*event*/) {
  if (mode_ == Mode::stopping) return;
  mode_ = Mode::stopping;
  ask_workers_to_stop();
}

void Scheduler::on(const Tick& /*event*/) {}

void Scheduler::on(const SlotsChanged& event) {
  if (!cluster_.is_up(event.worker)) return;
  cluster_.set_slots(event.worker, event.slots);
  // Also what the worker would have begun by itself, had it kept its slots.
  if (cluster_.flights(event.worker).size() > event.slots) actions_.push_back(TakeBack{event.worker});
}

// --- tasks ----------------------------------------------------------------------------------------------------------

void Scheduler::read(const NewTask& task) {
  is_behind_kept_ = is_behind_kept_ || task.after_barrier;
  if (task.succeeded_before) {
    tasks_.set(task.task, TaskState::succeeded);
    ++counters_.kept;
    if (task.expected > Nanos::zero()) good_seconds_.add(seconds(task.expected));
    return spread(task.task, true);
  }
  Live live{.tries = task.tries, .priority = task.priority, .expected = task.expected};
  live.limit = task.limit.value_or(Nanos::zero());
  live.takes_runs_limit = !task.limit;
  live.shape = shapes_.of(task.needs);
  live.weight = static_cast<float>(dependencies_.level(task.task).value_or(weight_of(task)));
  if (task.goes_first) live.weight = std::numeric_limits<float>::infinity();
  if (task.retry_on) {
    live.rule = static_cast<std::uint32_t>(rules_.size());
    if (rules_.back() == *task.retry_on) {
      --live.rule;
    } else {
      rules_.push_back(*task.retry_on);
    }
  }
  if (task.priority != 0 || task.expected > Nanos::zero()) settings_.orders_by_weight = true;
  live_.emplace(task.task, live);
  if (std::exchange(is_behind_kept_, false)) fenced_.emplace_back();
  if (fenced_.empty()) {
    ++unfenced_;
    return admit(task.task);
  }
  tasks_.set(task.task, TaskState::waiting);
  fenced_.back().push_back(task.task);
}

void Scheduler::admit(TaskId task) {
  const auto because = dependencies_.ruled_out_by(task);
  if (because || dependencies_.waits(task)) {
    if (tasks_.state(task) == TaskState::unknown) tasks_.set(task, TaskState::waiting);
    if (because) skip(task, *because);
    return;
  }
  tasks_.set(task, TaskState::ready);
  enqueue(task);
}

// It was out, and may start again where it likes, or anywhere but there.
void Scheduler::return_to_queue(TaskId task) {
  tasks_.set(task, TaskState::ready);
  if (live_.at(task).is_doubted) {
    unconfirmed_.push_back(task);
  } else {
    enqueue(task);
  }
}

void Scheduler::enqueue(TaskId task) {
  const Live& live = live_.at(task);
  ready_.push(live.shape, {.priority = live.priority, .weight = live.weight, .task = task});
  watch_.offer(live.shape, ready_.first(live.shape));
}

void Scheduler::settle(TaskId task, const Outcome& outcome) {
  const bool is_success = succeeded(outcome);
  tasks_.set(task, is_success ? TaskState::succeeded : TaskState::failed);
  live_.erase(task);
  --unfenced_;
  ++(is_success ? counters_.succeeded : counters_.failed);
  actions_.push_back(TaskSettled{.task = task, .succeeded = is_success});
  spread(task, is_success);
  if (halt_.settled(is_success)) {
    halt({.on_success = halt_.rule().why == HaltRule::Why::success, .outcome = outcome});
  }
}

void Scheduler::spread(TaskId task, bool succeeded) {
  if (dependencies_.is_empty()) return;
  const Dependencies::Change change = dependencies_.settled(task, succeeded);
  // Those behind a barrier are looked at again when it opens, and those not read yet when they are.
  const auto is_behind_barrier = [&](TaskId other) { return !fenced_.empty() && other >= fenced_.front().front(); };
  for (const TaskId other : change.released) {
    if (tasks_.state(other) == TaskState::waiting && !is_behind_barrier(other)) admit(other);
  }
  for (const auto& [other, because] : change.skipped) {
    if (tasks_.state(other) == TaskState::waiting && !is_behind_barrier(other)) skip(other, because);
  }
}

// What waits for it was ruled out together with it.
void Scheduler::skip(TaskId task, TaskId because) {
  tasks_.set(task, TaskState::skipped);
  live_.erase(task);
  --unfenced_;
  ++counters_.skipped;
  actions_.push_back(TaskSettled{.task = task, .succeeded = false, .skipped_for = because});
}

void Scheduler::open_barriers() {
  while (!fenced_.empty() && unfenced_ == 0) {
    const std::vector<TaskId> group = std::move(fenced_.front());
    fenced_.pop_front();
    unfenced_ = group.size();
    for (const TaskId task : group) admit(task);
  }
}

// --- questions ------------------------------------------------------------------------------------------------------

std::optional<Seat> Scheduler::seat_of(AttemptKey key, Rank worker) const {
  if (tasks_.state(key.task) != TaskState::assigned) return std::nullopt;
  const Live& live = live_.at(key.task);
  for (std::uint32_t copy = 0; copy < live.copies; ++copy) {
    const Seat seat = live.seats[copy];
    if (seat.worker == worker && cluster_.at(seat).key == key) return seat;
  }
  return std::nullopt;
}

bool Scheduler::is_current(AttemptKey key, Rank worker) const { return seat_of(key, worker).has_value(); }

std::vector<AttemptKey> Scheduler::out_on(Rank worker) const {
  std::vector<AttemptKey> keys;
  if (!cluster_.is_up(worker)) return keys;
  cluster_.flights(worker).for_each([&](const Flight& flight) { keys.push_back(flight.key); });
  return keys;
}

bool Scheduler::would_settle(AttemptKey key, const Outcome& outcome) const {
  const Live& live = live_.at(key.task);
  for (std::uint32_t copy = 0; copy < live.copies; ++copy) {
    if (cluster_.at(live.seats[copy]).key == key) return judge_end(key, live.seats[copy].worker, outcome).settles;
  }
  return false;
}

bool Scheduler::is_finished() const {
  if (counters_.out > 0) return false;
  if (mode_ != Mode::running) return true;
  // What is left then waits for tasks that this allocation has no time for.
  return read_all_ && ready_.is_empty() && paused_.empty() && unconfirmed_.empty() &&
         (fenced_.empty() || unfenced_ > 0);
}

Scheduler::Counters Scheduler::counters() const {
  Counters counters = counters_;
  counters.workers = cluster_.workers();
  counters.slots = cluster_.slots();
  counters.too_late = too_late_.size();
  counters.set_aside = static_cast<std::uint32_t>(set_aside_.size());
  return counters;
}

void Scheduler::check_invariants() const {
  cluster_.check_invariants();
  FARM_CHECK(tasks_.count(TaskState::failed) == counters_.failed);
  FARM_CHECK(tasks_.count(TaskState::skipped) == counters_.skipped);
  FARM_CHECK(tasks_.count(TaskState::succeeded) == counters_.succeeded + counters_.kept);
  FARM_CHECK(live_.size() ==
             tasks_.count(TaskState::waiting) + tasks_.count(TaskState::ready) + tasks_.count(TaskState::assigned));
  FARM_CHECK(ready_.size() + paused_.size() + unconfirmed_.size() + too_late_.size() == tasks_.count(TaskState::ready));
  std::uint64_t out = 0;
  live_.for_each([&](TaskId task, const Live& live) {
    FARM_CHECK((live.copies > 0) == (tasks_.state(task) == TaskState::assigned));
    for (std::uint32_t copy = 0; copy < live.copies; ++copy) {
      FARM_CHECK(cluster_.at(live.seats[copy]).key.task == task && !cluster_.at(live.seats[copy]).is_superseded);
    }
    out += live.copies;
  });
  std::uint64_t superseded = 0;
  std::vector<std::uint32_t> tokens(shapes_.tokens().size());
  for (const Rank rank : cluster_.ranks()) {
    cluster_.flights(rank).for_each([&](const Flight& flight) {
      superseded += flight.is_superseded ? 1U : 0U;
      for (const auto& [token, count] : shapes_[flight.shape].tokens) tokens[token] += count;
    });
  }
  FARM_CHECK(out + superseded == counters_.out);
  for (std::uint32_t token = 0; token < tokens.size(); ++token) {
    FARM_CHECK(tokens[token] == tokens_.used(token) && tokens[token] <= shapes_.tokens()[token]);
  }

  // No slot idles while a task could run in it.
  if (!may_hand_out() || settings_.delay > Nanos::zero()) return;
  for (std::uint32_t id = 0; id < shapes_.size(); ++id) {
    const ShapeId shape{id};
    if (ready_.size(shape) == 0) continue;
    if (shape == plain_shape) {
      const auto emptiest = cluster_.emptiest();
      FARM_CHECK(!emptiest || !cluster_.has_free_slot(*emptiest));
    } else if (!reserved_for_ && tokens_.has(shapes_[shape], shapes_.tokens()) && shapes_[shape].tokens.empty()) {
      FARM_CHECK(!cluster_.best_fit(shapes_[shape], nullptr));
    }
  }
}

}  // namespace farm
