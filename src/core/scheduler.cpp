#include "core/scheduler.hpp"

#include <algorithm>
#include <utility>

#include "base/check.hpp"

namespace farm {
namespace {

// What starting a task costs its slot beyond the task's own time (fork, exec, capture, reap).
constexpr Nanos start_cost = std::chrono::microseconds(500);

// Where a delay that changes by itself stops: still a delay, and still one that ends.
constexpr Nanos shortest_delay = std::chrono::milliseconds(1);
constexpr Nanos longest_delay = std::chrono::hours(1);

// Read ahead so much that workers are never short of tasks, and so little that memory does not notice: a task that
// waits costs about 200 bytes.
constexpr std::uint64_t least_read_ahead = 256;
constexpr std::uint64_t most_read_ahead = 65'536;

}  // namespace

Scheduler::Scheduler(Settings settings)
    : settings_(settings), halt_(settings.halt, settings.total), delay_(settings.delay) {}

Actions Scheduler::apply(const Event& event, TimePoint now) {
  now_ = now;
  std::visit([this](const auto& one) { on(one); }, event);
  open_barrier();
  hand_out();
  ask_for_more();
  return std::exchange(actions_, {});
}

// --- events ---------------------------------------------------------------------------------------------------------

void Scheduler::on(const TasksRead& event) {
  asked_for_ -= std::min<std::uint64_t>(asked_for_, event.tasks.size());
  for (const NewTask& task : event.tasks) {
    if (task.succeeded_before) {
      tasks_.set(task.task, TaskState::succeeded);
      ++counters_.kept;
      continue;
    }
    tasks_.set(task.task, TaskState::ready);
    live_[task.task].tries = task.tries;
    if (task.after_barrier) fenced_.emplace_back();
    (fenced_.empty() ? ready_ : fenced_.back()).push_back(task.task);
  }
  read_all_ = read_all_ || event.end;
}

void Scheduler::on(const WorkerUp& event) {
  Worker& worker = worker_of(event.worker);
  if (worker.up) return;  // said twice
  worker = {.up = true, .slots = std::max(1U, event.slots), .tasks = {}};
  ++counters_.workers;
  counters_.slots += worker.slots;
  place(event.worker, worker);
}

void Scheduler::on(const WorkerDown& event) {
  Worker& worker = worker_of(event.worker);
  if (!worker.up) return;
  unplace(event.worker, worker);
  worker.up = false;
  --counters_.workers;
  counters_.slots -= worker.slots;
  const std::vector<TaskId> orphans = std::exchange(worker.tasks, {});
  counters_.out -= orphans.size();
  counters_.retried += orphans.size();
  for (const TaskId task : orphans) tasks_.set(task, TaskState::ready);
  put_back(orphans);
}

void Scheduler::on(const AttemptsEnded& event) {
  for (const AttemptResult& result : event.results) {
    if (is_current(result.key, event.worker)) {
      attempt_ended(result.key, result.outcome);
    } else {
      ++counters_.stale;
    }
  }
}

void Scheduler::on(const AttemptsReturned& event) {
  std::vector<TaskId> returned;
  for (const AttemptKey key : event.keys) {
    if (!is_current(key, event.worker)) {
      ++counters_.stale;
      continue;
    }
    take_from_worker(key.task);
    tasks_.set(key.task, TaskState::ready);
    returned.push_back(key.task);
  }
  put_back(std::move(returned));
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

// --- ends -----------------------------------------------------------------------------------------------------------

bool Scheduler::is_current(AttemptKey key, Rank worker) const {
  if (tasks_.state(key.task) != TaskState::assigned) return false;
  const Live& live = live_.at(key.task);
  return live.worker == worker && live.next_attempt == next(key.attempt);
}

bool Scheduler::would_settle(AttemptKey key, const Outcome& outcome) const {
  if (outcome.cause == Cause::cancelled || outcome.cause == Cause::lost) return false;
  const Live& live = live_.at(key.task);
  return succeeded(outcome) || (live.tries != 0 && live.failures + 1 >= live.tries);
}

void Scheduler::attempt_ended(AttemptKey key, const Outcome& outcome) {
  const bool settles = would_settle(key, outcome);
  take_from_worker(key.task);
  learn(outcome);
  if (settles) {
    settle(key.task, outcome);
    return;
  }
  // Cut short by farm: nobody's fault, and it is to be done another time.
  const bool charged = outcome.cause != Cause::cancelled && outcome.cause != Cause::lost;
  if (charged) ++live_.at(key.task).failures;
  if (outcome.cause != Cause::cancelled) ++counters_.retried;
  tasks_.set(key.task, TaskState::ready);
  ready_.push_front(key.task);
}

void Scheduler::learn(const Outcome& outcome) {
  const bool is_good = succeeded(outcome);
  if (outcome.cause == Cause::exited || outcome.cause == Cause::signaled)
    durations_.add(outcome.usage.wall + start_cost);
  if (is_good) good_seconds_.add(seconds(outcome.usage.wall));
  if (!settings_.delay_grows || outcome.cause == Cause::cancelled || outcome.cause == Cause::lost) return;
  const double factor = is_good ? 0.9 : 1.3;
  const auto changed = std::chrono::duration<double, std::nano>(static_cast<double>(delay_.count()) * factor);
  delay_ = std::clamp(std::chrono::duration_cast<Nanos>(changed), shortest_delay, longest_delay);
}

void Scheduler::settle(TaskId task, const Outcome& outcome) {
  const bool is_success = succeeded(outcome);
  tasks_.set(task, is_success ? TaskState::succeeded : TaskState::failed);
  live_.erase(task);
  ++(is_success ? counters_.succeeded : counters_.failed);
  actions_.push_back(TaskSettled{task, is_success});
  if (halt_.settled(is_success)) halt(outcome);
}

void Scheduler::halt(const Outcome& outcome) {
  if (mode_ == Mode::stopping) return;
  mode_ = halt_.rule().when == HaltRule::When::now ? Mode::stopping : Mode::draining;
  actions_.push_back(Halted{.on_success = halt_.rule().why == HaltRule::Why::success, .outcome = outcome});
  ask_workers_to_stop();
}

void Scheduler::ask_workers_to_stop() {
  for (const auto& [unused, rank] : by_load_) {
    const Worker& worker = worker_of(rank);
    if (mode_ == Mode::stopping) {
      actions_.push_back(StopWorker{rank});
    } else if (worker.tasks.size() > worker.slots) {
      actions_.push_back(TakeBack{rank});
    }
  }
}

void Scheduler::take_from_worker(TaskId task) {
  const Live& live = live_.at(task);
  Worker& worker = worker_of(live.worker);
  unplace(live.worker, worker);
  const TaskId last = worker.tasks.back();
  worker.tasks[live.position] = last;
  live_.at(last).position = live.position;
  worker.tasks.pop_back();
  --counters_.out;
  place(live.worker, worker);
}

void Scheduler::put_back(std::vector<TaskId> tasks) {
  std::sort(tasks.begin(), tasks.end());
  ready_.insert(ready_.begin(), tasks.begin(), tasks.end());
}

// --- handing out ----------------------------------------------------------------------------------------------------

void Scheduler::open_barrier() {
  while (!fenced_.empty() && ready_.empty() && counters_.out == 0) {
    ready_ = std::move(fenced_.front());
    fenced_.pop_front();
  }
}

bool Scheduler::may_hand_out() const { return mode_ == Mode::running && !ready_.empty() && !by_load_.empty(); }

void Scheduler::hand_out() {
  if (!may_hand_out()) return;
  // A halt rule and a delay are promises about the next start: a worker must not hold tasks it would start by itself.
  if (halt_.is_active() || settings_.delay > Nanos::zero()) {
    hand_out_one_by_one();
  } else {
    hand_out_batches();
  }
}

void Scheduler::hand_out_one_by_one() {
  while (may_hand_out()) {
    const Rank emptiest = by_load_.begin()->second;
    const Worker& worker = worker_of(emptiest);
    if (worker.tasks.size() >= worker.slots || now_ < next_start()) return;
    last_start_ = now_;
    assign(emptiest, 1, Nanos::zero());
  }
}

void Scheduler::hand_out_batches() {
  const Batching policy = batching();
  while (may_hand_out()) {
    const Rank emptiest = by_load_.begin()->second;
    const Worker& worker = worker_of(emptiest);
    const std::size_t out = worker.tasks.size();
    const std::size_t queue = std::size_t{worker.slots} * policy.queue_per_slot;
    // Refilled when half used up, so that a batch is worth its message.
    if (out >= worker.slots && (queue == 0 || out > worker.slots + queue / 2)) return;
    // Free slots are filled worker by worker, one task each, so that few tasks spread over all workers.
    assign(emptiest, out < worker.slots ? 1 : worker.slots + queue - out, policy.report_within);
  }
}

Batching Scheduler::batching() const {
  std::uint64_t waiting = ready_.size();
  for (const auto& group : fenced_) waiting += group.size();
  return choose_batching({.mean = durations_.mean(),
                          .squared_variation = durations_.squared_variation(),
                          .samples = durations_.samples(),
                          .slots = counters_.slots,
                          .waiting = waiting,
                          .all_known = read_all_});
}

void Scheduler::assign(Rank rank, std::size_t count, Nanos report_within) {
  Worker& worker = worker_of(rank);
  unplace(rank, worker);
  auto same_worker = std::find_if(actions_.begin(), actions_.end(), [rank](const Action& action) {
    const auto* send = std::get_if<SendTasks>(&action);
    return send != nullptr && send->worker == rank;
  });
  if (same_worker == actions_.end()) {
    same_worker =
        actions_.insert(actions_.end(), SendTasks{.worker = rank, .keys = {}, .report_within = report_within});
  }
  auto& keys = std::get<SendTasks>(*same_worker).keys;
  for (; count > 0 && !ready_.empty(); --count) {
    const TaskId task = ready_.front();
    ready_.pop_front();
    tasks_.set(task, TaskState::assigned);
    Live& live = live_.at(task);
    keys.push_back({task, live.next_attempt});
    live.next_attempt = next(live.next_attempt);
    live.worker = rank;
    live.position = worker.tasks.size();
    worker.tasks.push_back(task);
    ++counters_.out;
  }
  place(rank, worker);
}

void Scheduler::ask_for_more() {
  if (read_all_ || mode_ != Mode::running) return;
  const std::uint64_t held = std::uint64_t{counters_.slots} * (1 + batching().queue_per_slot);
  const std::uint64_t wanted = std::clamp(2 * held, least_read_ahead, most_read_ahead);
  std::uint64_t waiting = ready_.size() + asked_for_;
  for (const auto& group : fenced_) waiting += group.size();
  if (waiting > wanted / 2) return;
  asked_for_ += wanted - waiting;
  actions_.push_back(ReadTasks{wanted - waiting});
}

// --- workers --------------------------------------------------------------------------------------------------------

Scheduler::Worker& Scheduler::worker_of(Rank rank) {
  const auto index = static_cast<std::size_t>(value(rank));
  if (index >= workers_.size()) workers_.resize(index + 1);
  return workers_[index];
}

double Scheduler::load(const Worker& worker) const {
  return (static_cast<double>(worker.tasks.size()) - worker.slots) / worker.slots;
}

void Scheduler::place(Rank rank, const Worker& worker) { by_load_.emplace(load(worker), rank); }
void Scheduler::unplace(Rank rank, const Worker& worker) { by_load_.erase({load(worker), rank}); }

// --- questions ------------------------------------------------------------------------------------------------------

TimePoint Scheduler::next_start() const { return last_start_ ? *last_start_ + delay_ : TimePoint{}; }

std::optional<Nanos> Scheduler::time_limit() const {
  if (!settings_.timeout_percent || good_seconds_.samples() == 0) return std::nullopt;
  constexpr double longest = 1e9;  // seconds: what Nanos holds, and longer than anybody waits
  const double limit = std::min(longest, good_seconds_.value() * *settings_.timeout_percent / 100);
  // Zero would mean no limit.
  return std::max(Nanos(1), std::chrono::duration_cast<Nanos>(std::chrono::duration<double>(limit)));
}

TimePoint Scheduler::next_due() const {
  // A slot that becomes free brings an event of its own.
  const bool waits_for_delay = settings_.delay > Nanos::zero() && may_hand_out() && by_load_.begin()->first < 0;
  return waits_for_delay ? next_start() : end_of_time;
}

bool Scheduler::is_finished() const {
  if (counters_.out > 0) return false;
  return mode_ != Mode::running || (read_all_ && live_.empty());
}

Scheduler::Counters Scheduler::counters() const { return counters_; }

void Scheduler::check_invariants() const {
  FARM_CHECK(tasks_.count(TaskState::assigned) == counters_.out);
  FARM_CHECK(tasks_.count(TaskState::failed) == counters_.failed);
  FARM_CHECK(tasks_.count(TaskState::succeeded) == counters_.succeeded + counters_.kept);
  FARM_CHECK(live_.size() == tasks_.count(TaskState::ready) + tasks_.count(TaskState::assigned));
  std::size_t waiting = ready_.size();
  for (const auto& group : fenced_) waiting += group.size();
  FARM_CHECK(waiting == tasks_.count(TaskState::ready));

  std::size_t out = 0;
  std::uint32_t slots = 0;
  for (std::size_t index = 0; index < workers_.size(); ++index) {
    const Worker& worker = workers_[index];
    FARM_CHECK(worker.up || worker.tasks.empty());
    if (!worker.up) continue;
    slots += worker.slots;
    out += worker.tasks.size();
    FARM_CHECK(by_load_.contains({load(worker), Rank{static_cast<std::int32_t>(index)}}));
    for (std::size_t position = 0; position < worker.tasks.size(); ++position) {
      const Live& live = live_.at(worker.tasks[position]);
      FARM_CHECK(live.worker == Rank{static_cast<std::int32_t>(index)} && live.position == position);
    }
  }
  FARM_CHECK(out == counters_.out && slots == counters_.slots && by_load_.size() == counters_.workers);

  // No slot idles while a task could run in it.
  if (may_hand_out() && settings_.delay == Nanos::zero()) FARM_CHECK(by_load_.begin()->first >= 0);
}

}  // namespace farm
