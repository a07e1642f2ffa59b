// The part of the scheduler that judges: how attempts end, what that says of their tasks, and when to stop.
#include <algorithm>
#include <utility>

#include "core/scheduler.hpp"

namespace farm {
namespace {

// What starting a task costs its slot beyond the task's own time (fork, exec, capture, reap).
constexpr Nanos start_cost = std::chrono::microseconds(500);

// Where a delay that changes by itself stops: still a delay, and still one that ends.
constexpr Nanos shortest_delay = std::chrono::milliseconds(1);
constexpr Nanos longest_delay = std::chrono::hours(1);

// So many at the beginning, one after the other, and nobody is helped by ten thousand more.
constexpr std::uint32_t most_missing_programs = 20;

bool is_charged(Cause cause) { return cause != Cause::cancelled && cause != Cause::lost && cause != Cause::preempted; }

}  // namespace

Scheduler::Judgement Scheduler::judge_end(AttemptKey key, Rank worker, const Outcome& outcome) const {
  const Live& live = live_.at(key.task);
  if (succeeded(outcome)) return {.settles = true};
  if (is_to_be_doubted(live, outcome, worker)) {
    return {.settles = false, .confirm = live.copies == 1, .verdict = {.again = true}};
  }
  Judgement judgement{
      .verdict =
          judge(outcome,
                {.tries = live.tries,
                 .failures = live.failures,
                 .growths = live.growths,
                 .crashes = live.crashes,
                 .memory = shapes_[live.shape].memory},
                rules_[live.rule],
                {.most_memory = cluster_.largest_memory(shapes_[live.shape]), .pause = settings_.retry_pause}, key)};
  // Another attempt at it is still out: that one will tell.
  judgement.settles = !judgement.verdict.again && live.copies == 1;
  return judgement;
}

Flight Scheduler::leave(AttemptKey key, Seat seat) {
  Live& live = live_.at(key.task);
  if (live.copies == 2 && live.seats[0].worker == seat.worker && live.seats[0].index == seat.index) {
    live.seats[0] = live.seats[1];
  }
  --live.copies;
  --counters_.out;
  Flight flight = cluster_.take(seat);
  tokens_.give_back(shapes_[flight.shape]);
  return flight;
}

void Scheduler::attempt_ended(AttemptKey key, Seat seat, const Outcome& outcome) {
  const Judgement judgement = judge_end(key, seat.worker, outcome);
  const Flight flight = leave(key, seat);
  learn(outcome, flight.shape);
  if (is_charged(outcome.cause)) note_end(seat.worker, outcome);
  if (succeeded(outcome)) {
    supersede_others(key.task);
    for (const Rank suspect : live_.at(key.task).suspects) {
      if (suspect != seat.worker) strike(suspect);
    }
  }
  if (judgement.settles) {
    watch_for_missing_program(outcome);
    settle(key.task, outcome);
  } else if (live_.at(key.task).copies == 0) {
    try_again(key.task, seat.worker, judgement);
  } else if (judgement.verdict.charged) {
    ++live_.at(key.task).failures;
  }
  const bool is_cut_off = outcome.cause == Cause::cancelled || outcome.cause == Cause::preempted;
  if (!is_cut_off && !judgement.settles) ++counters_.retried;
}

void Scheduler::superseded_ended(AttemptKey key, Rank worker) {
  const auto seat = cluster_.is_up(worker) ? cluster_.flights(worker).find(key) : std::nullopt;
  if (!seat || !cluster_.at({worker, *seat}).is_superseded) {
    ++counters_.stale;
    return;
  }
  const Flight flight = cluster_.take({worker, *seat});
  tokens_.give_back(shapes_[flight.shape]);
  --counters_.out;
  ++counters_.superseded;
}

void Scheduler::supersede_others(TaskId task) {
  Live& live = live_.at(task);
  for (std::uint32_t copy = 0; copy < live.copies; ++copy) {
    Flight& flight = cluster_.at(live.seats[copy]);
    flight.is_superseded = true;
    actions_.push_back(StopAttempts{.worker = live.seats[copy].worker, .keys = {flight.key}});
  }
}

void Scheduler::try_again(TaskId task, Rank worker, const Judgement& judgement) {
  const RetryVerdict& verdict = judgement.verdict;
  Live& live = live_.at(task);
  if (verdict.charged) ++live.failures;
  live.timeout_growth *= static_cast<float>(verdict.timeout_growth);
  if (verdict.memory > 0) {
    live.shape = shapes_.with_memory(live.shape, verdict.memory);
    if (!verdict.charged) ++live.growths;
  }
  live.avoid = worker;
  live.is_doubted = judgement.confirm;
  if (judgement.confirm) {
    live.suspects.push_back(worker);
    live.doubted_since = handed_out_;
  }
  if (verdict.pause == Nanos::zero() || judgement.confirm) return return_to_queue(task);
  tasks_.set(task, TaskState::ready);
  paused_.insert({now_ + verdict.pause, task});
}

void Scheduler::lose(const Flight& flight, Rank worker, bool may_be_guilty) {
  tokens_.give_back(shapes_[flight.shape]);
  if (flight.is_superseded) {
    ++counters_.superseded;
    return;
  }
  const TaskId task = flight.key.task;
  Live& live = live_.at(task);
  if (live.copies == 2 && live.seats[0].worker == worker) live.seats[0] = live.seats[1];
  --live.copies;
  if (may_be_guilty) ++live.crashes;
  if (live.copies > 0 || live.crashes < most_crashes) {
    ++counters_.retried;
    if (live.copies == 0) return_to_queue(task);
    return;
  }
  actions_.push_back(Poisoned{.key = flight.key, .worker = worker});
  settle(task, Outcome{});
}

void Scheduler::learn(const Outcome& outcome, ShapeId shape) {
  if (outcome.up_to_date) return;
  const bool is_good = succeeded(outcome);
  if (outcome.cause == Cause::exited || outcome.cause == Cause::signaled) {
    durations_.add(outcome.usage.wall + start_cost);
    durations_of(shape).add(outcome.usage.wall);
    reconsider_too_late(shape);
  }
  if (is_good) good_seconds_.add(seconds(outcome.usage.wall));
  if (!settings_.delay_grows || !is_charged(outcome.cause)) return;
  const double factor = is_good ? 0.9 : 1.3;
  const auto changed = std::chrono::duration<double, std::nano>(static_cast<double>(delay_.count()) * factor);
  delay_ = std::clamp(std::chrono::duration_cast<Nanos>(changed), shortest_delay, longest_delay);
}

// --- stopping -------------------------------------------------------------------------------------------------------

void Scheduler::watch_for_missing_program(const Outcome& outcome) {
  ++settled_;
  if (!settings_.gives_up_early || settled_ > most_missing_programs || !may_be_the_workers_fault(outcome)) return;
  if (++missing_programs_ < most_missing_programs) return;
  halt({.outcome = outcome, .why = Halted::Why::nothing_found});
}

void Scheduler::halt(const Halted& why) {
  if (mode_ == Mode::stopping) return;
  const bool at_once = why.why == Halted::Why::rule && halt_.rule().when == HaltRule::When::now;
  mode_ = at_once ? Mode::stopping : Mode::draining;
  actions_.push_back(why);
  ask_workers_to_stop();
}

void Scheduler::ask_workers_to_stop() {
  for (const Rank rank : cluster_.ranks()) {
    if (mode_ == Mode::stopping) {
      actions_.push_back(StopWorker{rank});
    } else {
      take_back(rank);
    }
  }
}

}  // namespace farm
