#include "core/simulation.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <queue>
#include <utility>
#include <variant>

#include "core/lower_bound.hpp"
#include "core/scheduler.hpp"
#include "core/simulated_worker.hpp"

namespace farm {
namespace {

// Things that will be used later, by number; numbers are used again.
template <class Thing>
class Store {
 public:
  std::uint32_t put(Thing thing) {
    if (free_.empty()) {
      things_.push_back(std::move(thing));
      return static_cast<std::uint32_t>(things_.size() - 1);
    }
    const std::uint32_t number = free_.back();
    free_.pop_back();
    things_[number] = std::move(thing);
    return number;
  }
  Thing take(std::uint32_t number) {
    free_.push_back(number);
    return std::exchange(things_[number], {});
  }

 private:
  std::vector<Thing> things_;
  std::vector<std::uint32_t> free_;
};

class Simulation {
 public:
  explicit Simulation(SimulationSetup setup)
      : setup_(std::move(setup)),
        scheduler_(
            {.tokens = setup_.tokens, .speculates = setup_.speculates, .orders_by_weight = setup_.orders_by_weight},
            setup_.graph),
        bound_(std::move(setup_.graph)) {}

  SimulationResult run() {
    greet();
    while (!happenings_.empty() && !scheduler_.is_finished()) {
      const Happening next = happenings_.top();
      happenings_.pop();
      now_ = next.at;
      happen(next);
    }
    return result();
  }

 private:
  enum class What : std::uint8_t { master_gets, master_is_free, clock_strikes, worker_gets, task_ends, report_is_due };

  struct Happening {
    TimePoint at;
    std::uint64_t order;  // ties are broken by who came first
    What what;
    Rank worker;
    std::uint32_t number;  // of a message, or of a slot
    std::uint32_t start;   // which of those in the slot
    bool operator>(const Happening& other) const { return std::pair(at, order) > std::pair(other.at, other.order); }
  };

  void plan(TimePoint at, What what, Rank worker = master_rank, std::uint32_t number = 0, std::uint32_t start = 0) {
    happenings_.push({at, order_++, what, worker, number, start});
  }

  void happen(const Happening& it) {
    switch (it.what) {
      case What::master_gets:
        inbox_.push_back(events_.take(it.number));
        if (!is_busy_) serve();
        return;
      case What::master_is_free:
        is_busy_ = false;
        if (!inbox_.empty()) serve();
        return;
      case What::clock_strikes:
        if (is_busy_ || scheduler_.next_due() > now_) return;
        inbox_.emplace_back(Tick{});
        return serve();
      case What::worker_gets:
        return worker_gets(it.worker, actions_.take(it.number));
      case What::task_ends:
        return task_ends(it);
      case What::report_is_due:
        return report(it.worker);
    }
  }

  // --- the master ---

  void greet() {
    std::map<std::uint32_t, std::uint32_t> node_slots;
    for (const SimulatedRank& one : setup_.workers) node_slots[one.node] += one.slots;
    for (const SimulatedRank& one : setup_.workers) {
      const Rank rank{static_cast<std::int32_t>(workers_.size() + 1)};
      workers_.emplace_back(rank, one.slots);
      Capacity capacity = setup_.node;
      capacity.cpus = std::max(capacity.cpus, node_slots[one.node]);
      inbox_.emplace_back(WorkerUp{.worker = rank, .slots = one.slots, .node = one.node, .capacity = capacity});
      supply_.slots += one.slots * one.speed;
      supply_.fastest = std::max(supply_.fastest, one.speed);
    }
    for (const auto& [node, slots] : node_slots) supply_.cpus += std::max(setup_.node.cpus, slots);
    supply_.gpus = static_cast<double>(node_slots.size()) * setup_.node.gpus;
    supply_.tokens = setup_.tokens;
    inbox_.emplace_back(AllWorkersKnown{});
    serve();
  }

  // A message in, then all that follows from it, one after the other.
  void serve() {
    const Event event = std::move(inbox_.front());
    inbox_.pop_front();
    TimePoint time = now_ + cost_of(event);
    std::uint64_t to_read = 0;
    const auto tell = [&](const Event& what) {
      for (Action& action : scheduler_.apply(what, time)) {
        if (const auto* read = std::get_if<ReadTasks>(&action)) to_read += read->count;
        if (const auto* halted = std::get_if<Halted>(&action)) misfits_ = halted->misfits;
        send(std::move(action), time);
      }
    };
    tell(event);
    while (to_read > 0) tell(read(std::exchange(to_read, 0)));
    busy_ += time - now_;
    last_ = time;
    is_busy_ = true;
    plan(time, What::master_is_free);
    watch_the_clock();
  }

  Nanos cost_of(const Event& event) {
    if (std::holds_alternative<Tick>(event) || std::holds_alternative<AllWorkersKnown>(event)) return {};
    ++messages_;
    const auto* ended = std::get_if<AttemptsEnded>(&event);
    return one_way(ended == nullptr ? 0 : ended->results.size());
  }

  // Half of what a pair costs.
  Nanos one_way(std::size_t tasks) const {
    return setup_.costs.per_message / 2 + setup_.costs.per_task * static_cast<std::int64_t>(tasks) / 2;
  }

  void send(Action action, TimePoint& time) {
    Rank to = master_rank;
    std::size_t tasks = 0;
    if (const auto* send = std::get_if<SendTasks>(&action)) {
      to = send->worker;
      tasks = send->keys.size();
    } else if (const auto* take = std::get_if<TakeBack>(&action)) {
      to = take->worker;
    } else if (const auto* stop = std::get_if<StopAttempts>(&action)) {
      to = stop->worker;
    } else {
      if (const auto* settled = std::get_if<TaskSettled>(&action); settled != nullptr && settled->succeeded) {
        bound_.ended(settled->task, durations_[value(settled->task)] + setup_.costs.spawn);
      }
      return;
    }
    ++messages_;
    time += one_way(tasks);
    plan(time + setup_.costs.latency, What::worker_gets, to, actions_.put(std::move(action)));
  }

  TasksRead read(std::uint64_t count) {
    TasksRead event;
    SimulatedTask task;
    for (; count > 0 && !event.end; --count) {
      event.end = !setup_.next_task(task);
      if (event.end) break;
      durations_.push_back(task.duration);
      if (task.task.succeeded_before) {
        bound_.ended(task.task.task, Nanos::zero());
      } else {
        bound_.read(task.task, task.duration + setup_.costs.spawn);
      }
      event.tasks.push_back(std::move(task.task));
      task.task = {};
    }
    return event;
  }

  void watch_the_clock() {
    const TimePoint due = scheduler_.next_due();
    if (due != end_of_time) plan(due, What::clock_strikes);
  }

  // --- workers ---

  SimulatedWorker& worker(Rank rank) { return workers_[static_cast<std::size_t>(value(rank)) - 1]; }
  const SimulatedRank& rank(Rank rank) const { return setup_.workers[static_cast<std::size_t>(value(rank)) - 1]; }

  void worker_gets(Rank to, const Action& action) {
    if (const auto* send = std::get_if<SendTasks>(&action)) worker(to).take(*send);
    if (std::holds_alternative<TakeBack>(action)) post(worker(to).give_back());
    if (const auto* stop = std::get_if<StopAttempts>(&action)) {
      AttemptsReturned returned{.worker = to, .keys = {}};
      worker(to).stop(*stop, returned);
      if (!returned.keys.empty()) post(std::move(returned));
    }
    start_tasks(to);
    plan_report(to);
  }

  Nanos time_of(AttemptKey key, Rank where) const {
    const double time = static_cast<double>(durations_[value(key.task)].count()) / rank(where).speed;
    return Nanos(static_cast<Nanos::rep>(time));
  }

  void start_tasks(Rank where) {
    while (const auto started = worker(where).start_next()) {
      const TimePoint end = now_ + setup_.costs.spawn + time_of(started->key, where);
      plan(end, What::task_ends, where, started->slot, started->start);
    }
  }

  void task_ends(const Happening& it) {
    const auto key = worker(it.worker).running(it.number, it.start);
    if (!key) return;  // stopped meanwhile
    Outcome outcome;
    outcome.cause = Cause::exited;
    outcome.usage.wall = time_of(*key, it.worker);
    worker(it.worker).ended(it.number, outcome, now_);
    start_tasks(it.worker);
    plan_report(it.worker);
  }

  // What ends at the same moment is reported together, as by a worker that looks at all that has happened.
  void plan_report(Rank from) {
    if (const auto due = worker(from).new_report_due(now_)) plan(*due, What::report_is_due, from);
  }

  void report(Rank from) {
    worker(from).forget_report_due();
    if (worker(from).should_report(now_)) return post(worker(from).take_report());
    plan_report(from);  // what was due has been reported, and there is more by now
  }

  void post(Event event) {
    plan(now_ + setup_.costs.latency, What::master_gets, master_rank, events_.put(std::move(event)));
  }

  SimulationResult result() const {
    const TaskTable& tasks = scheduler_.tasks();
    return {.tasks = scheduler_.counters().succeeded,
            .left = tasks.count(TaskState::ready) + tasks.count(TaskState::waiting),
            .messages = messages_,
            .makespan = last_ - TimePoint{},
            .lower_bound = bound_.of(supply_),
            .master_busy = busy_,
            .slot_seconds = bound_.slot_seconds(),
            .misfits = misfits_};
  }

  SimulationSetup setup_;
  Scheduler scheduler_;
  LowerBound bound_;
  LowerBound::Supply supply_{.slots = 0, .cpus = 0, .gpus = 0, .fastest = 0};
  std::vector<SimulatedWorker> workers_;  // of ranks from 1
  std::vector<Nanos> durations_;          // by task
  std::priority_queue<Happening, std::vector<Happening>, std::greater<>> happenings_;
  Store<Event> events_;    // under way to the master
  Store<Action> actions_;  // and to workers
  std::deque<Event> inbox_;
  std::uint64_t order_ = 0;
  std::uint64_t messages_ = 0;
  bool is_busy_ = false;
  TimePoint now_{};
  TimePoint last_{};
  Nanos busy_{0};
  std::vector<Misfit> misfits_;
};

}  // namespace

SimulationResult simulate(SimulationSetup setup) { return Simulation(std::move(setup)).run(); }

}  // namespace farm
