// Seeded random runs of the scheduler against simulated workers on a virtual clock: whatever order things happen in,
// every task ends exactly once and nothing is lost.
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <map>
#include <numeric>
#include <queue>
#include <random>
#include <set>
#include <sstream>

#include "core/scheduler.hpp"
#include "core/task_graph_builder.hpp"

namespace farm {
namespace {

using namespace std::chrono_literals;

struct Scenario {
  std::uint64_t tasks = 0;
  std::uint32_t tries = 1;
  int workers = 1;
  std::uint32_t nodes = 1;
  double failing = 0;    // share of attempts
  double doomed = 0;     // share of tasks that never succeed
  double dying = 0;      // chance per event that a worker dies
  double cut_short = 0;  // chance per event that the run is told to stop
  double shaped = 0;     // share of tasks that need more than a slot
  double hungry = 0;     // share of attempts with a limit that use more memory than they asked for
  double broken = 0;     // share of workers where no program is found
  double related = 0;    // share of tasks that come after others
  bool delayed = false;
  bool ordered = false;  // priorities and expected times
  bool speculates = false;
  bool pauses = false;
  std::optional<Nanos> allocation;
  HaltRule halt;
};

constexpr Capacity node_capacity{.cpus = 8, .gpus = 2, .memory = 1000};
const TokenCounts token_counts{{"db", 3}, {"licence", 1}};

// What a task of a scenario needs: always the same for the same task.
Needs needs_of(std::uint64_t seed, TaskId task, double shaped) {
  std::mt19937_64 random(seed * 1'000'003 + value(task));
  Needs needs;
  if (std::uniform_real_distribution<>(0, 1)(random) >= shaped) return needs;
  if (random() % 2 == 0) needs.cpus = static_cast<std::uint32_t>(1 + random() % 8);
  if (random() % 3 == 0) needs.memory = 1 + random() % 500;
  if (random() % 4 == 0) needs.gpus = static_cast<std::uint32_t>(1 + random() % 2);
  if (random() % 4 == 0) needs.tokens.emplace_back("db", 1 + random() % 3);
  if (random() % 8 == 0) needs.tokens.emplace_back("licence", 1);
  return needs;
}

bool is_doomed(std::uint64_t seed, TaskId task, double doomed) {
  std::mt19937_64 random(seed * 7'368'787 + value(task));
  return std::uniform_real_distribution<>(0, 1)(random) < doomed;
}

// Who comes after whom: always the same for the same scenario, forwards and backwards in the manifest, never in
// circles.
std::vector<TaskSpec> specs_of(std::uint64_t seed, const Scenario& scenario) {
  std::mt19937_64 random(seed + 17);
  std::vector<TaskSpec> specs(scenario.tasks);
  std::vector<std::size_t> order(scenario.tasks);
  std::iota(order.begin(), order.end(), std::size_t{0});
  if (random() % 2 == 0) std::shuffle(order.begin(), order.end(), random);
  for (std::size_t place = 0; place < order.size(); ++place) {
    TaskSpec& spec = specs[order[place]];
    spec.name = (order[place] % 3 == 0 ? "x" : "y") + std::to_string(order[place]);
    if (place == 0 || std::uniform_real_distribution<>(0, 1)(random) >= scenario.related) continue;
    for (std::uint64_t count = 1 + random() % 3; count > 0; --count) {
      const std::string& earlier = specs[order[random() % place]].name;
      if (std::find(spec.after.begin(), spec.after.end(), earlier) == spec.after.end()) spec.after.push_back(earlier);
    }
  }
  return specs;
}

// A run on simulated workers. Each keeps a queue and starts what it holds by itself as its slots become free, as real
// ones do; whatever runs at the same time is checked against what the nodes and the run have.
class Simulation {
 public:
  Simulation(std::uint64_t seed, const Scenario& scenario, const std::set<TaskId>& done_before, std::uint64_t task_seed)
      : random_(seed),
        scenario_(scenario),
        task_seed_(task_seed),
        specs_(specs_of(task_seed, scenario)),
        done_before_(done_before),
        scheduler_({.halt = scenario.halt,
                    .delay = scenario.delayed ? Nanos(1ms) : Nanos(0),
                    .total = scenario.tasks,
                    .retry_pause = scenario.pauses ? Nanos(3ms) : Nanos(0),
                    .tokens = token_counts,
                    .speculates = scenario.speculates,
                    .end = scenario.allocation ? std::optional(TimePoint{} + *scenario.allocation) : std::nullopt,
                    .grace = 2ms,
                    .orders_by_weight = scenario.ordered},
                   scenario.related > 0 ? make_task_graph(specs_, "/").graph : TaskGraph{}) {}

  void run() {
    for (int rank = 1; rank <= scenario_.workers; ++rank) join(Rank{rank});
    tell(AllWorkersKnown{});
    for (std::uint64_t steps = 0; !scheduler_.is_finished(); ++steps) {
      ASSERT_LT(steps, 400 * (scenario_.tasks + 20)) << "the run does not end: " << describe();
      step();
      if (testing::Test::HasFatalFailure()) return;
    }
    ASSERT_EQ(scheduler_.counters().out, 0U);
  }

  const std::set<TaskId>& succeeded() const { return succeeded_; }
  const std::set<TaskId>& failed() const { return failed_; }
  /// As they were recorded, the first to succeed first.
  const std::vector<TaskId>& journal() const { return journal_; }
  bool was_stopped() const { return scheduler_.is_stopping() || scheduler_.counters().too_late > 0; }
  std::string trace() const { return trace_.str(); }

 private:
  struct Report {
    TimePoint at;
    std::uint64_t order;  // makes ties deterministic
    Rank from;
    AttemptKey key;
    bool operator>(const Report& other) const { return std::pair(at, order) > std::pair(other.at, other.order); }
  };
  struct Held {
    AttemptKey key;
    Grant grant;
  };
  struct SimulatedWorker {
    bool up = false;
    bool broken = false;
    std::uint32_t slots = 0;
    std::uint32_t node = 0;
    std::deque<Held> queue;
    std::map<AttemptKey, Grant> running;
  };

  std::string describe() const {
    const Scheduler::Counters counters = scheduler_.counters();
    const auto count = [&](TaskState state) { return scheduler_.tasks().count(state); };
    std::ostringstream text;
    text << counters.out << " out, " << counters.workers << " workers, " << counters.set_aside << " set aside, "
         << count(TaskState::ready) << " ready, " << count(TaskState::waiting) << " waiting, " << counters.too_late
         << " too late, " << reports_.size() << " reports, due in "
         << (scheduler_.next_due() == end_of_time ? -1 : seconds(scheduler_.next_due() - now_)) << " s at "
         << seconds(now_.time_since_epoch()) << " s";
    return text.str();
  }

  bool chance(double probability) { return std::uniform_real_distribution<>(0, 1)(random_) < probability; }
  std::uint64_t below(std::uint64_t limit) {
    return std::uniform_int_distribution<std::uint64_t>(0, limit - 1)(random_);
  }
  Needs needs(TaskId task) const { return needs_of(task_seed_, task, scenario_.shaped); }

  void tell(const Event& event) {
    const Actions actions = scheduler_.apply(event, now_);
    scheduler_.check_invariants();
    for (const Action& action : actions) std::visit([this](const auto& one) { act(one); }, action);
    check_nodes();
  }

  void join(Rank rank) {
    SimulatedWorker& worker = workers_[rank];
    worker = {.up = true,
              .broken = value(rank) > 1 && chance(scenario_.broken),
              .slots = static_cast<std::uint32_t>(1 + below(4)),
              .node = static_cast<std::uint32_t>(below(scenario_.nodes)),
              .queue = {},
              .running = {}};
    tell(WorkerUp{rank, worker.slots, worker.node, node_capacity});
  }

  void step() {
    if (!owed_.empty()) {
      const Event event = owed_.front();
      owed_.erase(owed_.begin());
      return tell(event);
    }
    if (to_read_ > 0) return read();
    if (chance(scenario_.dying)) return kill_one();
    if (chance(scenario_.cut_short)) return chance(0.5) ? tell(Drain{}) : tell(Stop{});
    const TimePoint due = scheduler_.next_due();
    if (!reports_.empty() && reports_.top().at <= due) return report();
    if (due != end_of_time) {
      now_ = std::max(now_, due);
      return tell(Tick{});
    }
    if (!reports_.empty()) return report();
    // Everybody died, or nobody is large enough: somebody new comes.
    ASSERT_LT(workers_.size(), 500U) << "what waits fits nowhere: " << describe();
    join(Rank{static_cast<std::int32_t>(workers_.size()) + 1});
  }

  void read() {
    TasksRead event;
    // A reader may give fewer than it was asked for.
    for (std::uint64_t count = 1 + below(to_read_); count > 0 && read_ < scenario_.tasks; --count, --to_read_) {
      const TaskId task{read_++};
      event.tasks.push_back({.task = task,
                             .tries = scenario_.tries,
                             .succeeded_before = done_before_.contains(task),
                             .after_barrier = scenario_.related == 0 && chance(0.01),
                             .priority = scenario_.ordered ? static_cast<std::int32_t>(below(3)) : 0,
                             .expected = scenario_.ordered ? Nanos(1us) * static_cast<std::int64_t>(below(5000)) : 0ns,
                             .needs = needs(task)});
    }
    event.end = read_ == scenario_.tasks;
    if (event.end) to_read_ = 0;
    tell(event);
  }

  void kill_one() {
    std::vector<Rank> up;
    for (const auto& [rank, worker] : workers_) {
      if (worker.up) up.push_back(rank);
    }
    if (up.empty()) return;
    const Rank victim = up[below(up.size())];
    workers_[victim].up = false;
    workers_[victim].queue.clear();
    workers_[victim].running.clear();
    trace_ << "down " << value(victim) << '\n';
    tell(WorkerDown{victim});  // its reports stay under way: they are stale now
  }

  void report() {
    const Report first = reports_.top();
    reports_.pop();
    now_ = std::max(now_, first.at);
    SimulatedWorker& worker = workers_[first.from];
    const auto held = worker.running.find(first.key);
    if (held == worker.running.end() && worker.up) return;  // cancelled meanwhile
    Outcome outcome = outcome_of(first.key.task, worker, held == worker.running.end() ? Grant{} : held->second);
    if (held != worker.running.end()) worker.running.erase(held);
    start_queued(first.from);
    const AttemptsEnded event{first.from, {{first.key, outcome}}};
    tell(event);
    if (chance(0.05)) tell(event);  // said twice
  }

  Outcome outcome_of(TaskId task, const SimulatedWorker& worker, const Grant& grant) {
    Outcome outcome;
    outcome.cause = Cause::exited;
    outcome.code = chance(scenario_.failing) || is_doomed(task_seed_, task, scenario_.doomed) ? 1 : 0;
    outcome.usage.wall = Nanos(1us) * static_cast<std::int64_t>(1 + below(2000));
    if (worker.broken) outcome.code = 127;
    if (!worker.broken && grant.memory > 0 && chance(scenario_.hungry)) {
      outcome.cause = Cause::out_of_memory;
      outcome.code = 9;
    }
    return outcome;
  }

  void start_queued(Rank rank) {
    SimulatedWorker& worker = workers_[rank];
    while (!worker.queue.empty() && worker.running.size() < worker.slots) {
      const Held held = std::move(worker.queue.front());
      worker.queue.pop_front();
      worker.running.emplace(held.key, held.grant);
      // Now and then one takes much longer than all others.
      const std::int64_t time = static_cast<std::int64_t>(1 + below(5000)) * (chance(0.02) ? 20 : 1);
      reports_.push({now_ + Nanos(1us) * time, order_++, rank, held.key});
    }
  }

  // What runs on a node fits there, no processor or GPU is given twice, and there are never more holders than tokens.
  void check_nodes() {
    struct Use {
      std::uint32_t slots = 0;
      std::uint32_t cpus = 0;
      std::uint64_t memory = 0;
      bool has_shaped = false;
      std::set<std::uint32_t> cpu_places;
      std::set<std::uint32_t> gpu_places;
    };
    std::map<std::uint32_t, Use> nodes;
    std::map<std::string, std::uint32_t> tokens;
    for (const auto& [rank, worker] : workers_) {
      if (!worker.up) continue;
      Use& use = nodes[worker.node];
      use.slots += worker.slots;
      for (const auto& [key, grant] : worker.running) {
        const Needs needed = needs(key.task);
        use.has_shaped = use.has_shaped || !needed.is_plain();
        use.cpus += std::max(1U, needed.cpus);
        use.memory += grant.memory;
        for (const std::uint32_t place : grant.cpus) ASSERT_TRUE(use.cpu_places.insert(place).second);
        for (const std::uint32_t place : grant.gpus) ASSERT_TRUE(use.gpu_places.insert(place).second);
        ASSERT_EQ(grant.cpus.size(), needed.cpus) << "bound, however many slots there are";
        ASSERT_EQ(grant.gpus.size(), needed.gpus);
        for (const auto& [name, count] : needed.tokens) tokens[name] += count;
      }
    }
    for (const auto& [number, use] : nodes) {
      ASSERT_LE(use.cpu_places.size(), node_capacity.cpus);
      // With plain tasks, more than a node has only where its slots, now or once, outnumbered its processors.
      if (use.has_shaped && use.slots <= node_capacity.cpus && scenario_.dying == 0) {
        ASSERT_LE(use.cpus, node_capacity.cpus);
      }
      ASSERT_LE(use.memory, node_capacity.memory);
      ASSERT_LE(use.gpu_places.size(), node_capacity.gpus);
    }
    for (const auto& [name, used] : tokens) ASSERT_LE(used, token_counts.at(name));
  }

  void act(const ReadTasks& read) { to_read_ += read.count; }

  void act(const SendTasks& send) {
    SimulatedWorker& worker = workers_[send.worker];
    ASSERT_TRUE(worker.up) << "work for the dead";
    for (std::size_t i = 0; i < send.keys.size(); ++i) {
      const AttemptKey key = send.keys[i];
      trace_ << "send " << value(key.task) << '.' << value(key.attempt) << " to " << value(send.worker) << '\n';
      ASSERT_FALSE(succeeded_.contains(key.task) || failed_.contains(key.task) || done_before_.contains(key.task));
      ASSERT_TRUE(attempts_.insert(key).second) << "an attempt is handed out once";
      for (const std::string& name : specs_[value(key.task)].after) {
        const TaskId before{std::stoull(name.substr(1))};
        ASSERT_TRUE(succeeded_.contains(before) || done_before_.contains(before)) << "a dependency runs late";
      }
      worker.queue.push_back({key, send.grants.empty() ? Grant{} : send.grants[i]});
    }
    start_queued(send.worker);
  }

  void act(const TakeBack& take) {
    AttemptsReturned event{take.worker, {}};
    for (const Held& held : std::exchange(workers_[take.worker].queue, {})) {
      event.keys.push_back(held.key);
      attempts_.erase(held.key);
    }
    owed_.push_back(event);
  }

  void act(const StopWorker& stop) {
    AttemptsEnded event{stop.worker, {}};
    act(TakeBack{stop.worker});
    for (const auto& [key, grant] : std::exchange(workers_[stop.worker].running, {})) {
      event.results.push_back({key, ended_by(Cause::cancelled)});
    }
    owed_.push_back(event);
  }

  void act(const StopAttempts& stop) {
    SimulatedWorker& worker = workers_[stop.worker];
    AttemptsEnded ended{stop.worker, {}};
    AttemptsReturned returned{stop.worker, {}};
    for (const AttemptKey key : stop.keys) {
      if (worker.running.erase(key) > 0) ended.results.push_back({key, ended_by(stop.cause)});
      if (std::erase_if(worker.queue, [&](const Held& held) { return held.key == key; }) > 0) {
        returned.keys.push_back(key);
        attempts_.erase(key);
      }
    }
    start_queued(stop.worker);
    if (!ended.results.empty()) owed_.push_back(ended);
    if (!returned.keys.empty()) owed_.push_back(returned);
  }

  void act(const TaskSettled& settled) {
    trace_ << "settled " << value(settled.task) << (settled.succeeded ? " ok" : " failed") << '\n';
    if (settled.skipped_for) {
      ASSERT_TRUE(failed_.contains(*settled.skipped_for));
    }
    ASSERT_TRUE((settled.succeeded ? succeeded_ : failed_).insert(settled.task).second) << "settled twice";
    if (settled.succeeded) journal_.push_back(settled.task);
  }

  void act(const Poisoned&) {}
  void act(const WorkerSetAside& aside) { trace_ << "aside " << value(aside.worker) << '\n'; }
  void act(const WorkerBack&) {}
  void act(const Halted&) {}

  static Outcome ended_by(Cause cause) {
    Outcome outcome;
    outcome.cause = cause;
    return outcome;
  }

  std::mt19937_64 random_;
  Scenario scenario_;
  std::uint64_t task_seed_;
  std::vector<TaskSpec> specs_;
  const std::set<TaskId>& done_before_;
  Scheduler scheduler_;
  TimePoint now_{};
  std::map<Rank, SimulatedWorker> workers_;
  std::priority_queue<Report, std::vector<Report>, std::greater<>> reports_;
  std::vector<Event> owed_;  // answers of workers, given one by one so that apply() is never entered twice
  std::uint64_t order_ = 0;
  std::uint64_t to_read_ = 0;
  std::uint64_t read_ = 0;
  std::set<AttemptKey> attempts_;
  std::set<TaskId> succeeded_;
  std::set<TaskId> failed_;
  std::vector<TaskId> journal_;
  std::ostringstream trace_;
};

Scenario random_scenario(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto below = [&](std::uint64_t limit) { return random() % limit; };
  const auto sometimes = [&](double value) { return below(2) == 0 ? value : 0.0; };
  Scenario scenario{.tasks = below(200),
                    .tries = static_cast<std::uint32_t>(1 + below(4)),
                    .workers = static_cast<int>(1 + below(6)),
                    .nodes = static_cast<std::uint32_t>(1 + below(3)),
                    .failing = sometimes(0.3),
                    .dying = sometimes(0.01),
                    .cut_short = sometimes(0.002),
                    .shaped = sometimes(0.3),
                    .hungry = sometimes(0.2),
                    .broken = below(4) == 0 ? 0.3 : 0,
                    .related = sometimes(0.4),
                    .delayed = below(8) == 0,
                    .ordered = below(3) == 0,
                    .speculates = below(3) == 0,
                    .pauses = below(4) == 0,
                    .allocation = {},
                    .halt = {}};
  if (below(8) == 0) scenario.allocation = Nanos(1ms) * static_cast<std::int64_t>(20 + below(200));
  if (below(6) == 0) {
    scenario.halt = {.when = below(2) == 0 ? HaltRule::When::soon : HaltRule::When::now,
                     .why = below(2) == 0 ? HaltRule::Why::fail : HaltRule::Why::done,
                     .count = 1 + below(20)};
  }
  return scenario;
}

class Seeds : public testing::TestWithParam<int> {};

TEST_P(Seeds, EveryTaskEndsOnceHoweverOftenTheRunIsCutShort) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  constexpr std::uint64_t per_batch = 125;  // twenty times slower
#else
  constexpr std::uint64_t per_batch = 1250;
#endif
  for (std::uint64_t i = 0; i < per_batch; ++i) {
    const std::uint64_t seed = static_cast<std::uint64_t>(GetParam()) * per_batch + i;
    SCOPED_TRACE("seed " + std::to_string(seed));
    Scenario scenario = random_scenario(seed);
    std::set<TaskId> done;
    std::set<TaskId> failed;
    // As a user does: again, until nothing is left. What succeeded is not run again.
    for (std::uint64_t start = 0; done.size() + failed.size() < scenario.tasks; ++start) {
      ASSERT_LT(start, 400U) << "carrying on gets nowhere";
      Simulation simulation(seed + 7919 * start, scenario, done, seed);
      simulation.run();
      if (testing::Test::HasFatalFailure()) return;
      for (const TaskId task : simulation.succeeded()) ASSERT_TRUE(done.insert(task).second) << "succeeded twice";
      failed = simulation.failed();
      if (simulation.was_stopped()) {
        failed.clear();
        scenario.cut_short /= 2;
        scenario.halt = {};
        if (scenario.allocation) *scenario.allocation *= 2;
      }
    }
  }
}

// Rank 0 is gone at any moment, and its journal says what it says.
TEST_P(Seeds, WhereverTheJournalEndsCarryingOnLeadsToTheSameEnd) {
  for (std::uint64_t i = 0; i < 40; ++i) {
    const std::uint64_t seed = static_cast<std::uint64_t>(GetParam()) * 1000 + i;
    SCOPED_TRACE("seed " + std::to_string(seed));
    Scenario scenario = random_scenario(seed);
    scenario.failing = scenario.cut_short = scenario.broken = scenario.dying = scenario.hungry = 0;
    scenario.doomed = i % 3 == 0 ? 0.1 : 0;
    scenario.halt = {};
    scenario.allocation.reset();
    const std::set<TaskId> nothing;
    Simulation whole(seed, scenario, nothing, seed);
    whole.run();
    const std::vector<TaskId>& journal = whole.journal();
    for (std::size_t length = 0; length <= journal.size(); length += 1 + journal.size() / 8) {
      const std::set<TaskId> prefix(journal.begin(), journal.begin() + static_cast<std::ptrdiff_t>(length));
      Simulation rest(seed + length, scenario, prefix, seed);
      rest.run();
      if (testing::Test::HasFatalFailure()) return;
      std::set<TaskId> succeeded = prefix;
      succeeded.insert(rest.succeeded().begin(), rest.succeeded().end());
      ASSERT_EQ(succeeded, whole.succeeded()) << length << " of " << journal.size();
      ASSERT_EQ(rest.failed(), whole.failed());
    }
  }
}

TEST_P(Seeds, TheSameSeedGivesTheSameTrace) {
  const auto seed = static_cast<std::uint64_t>(GetParam());
  const std::set<TaskId> nothing;
  Simulation first(seed, random_scenario(seed), nothing, seed);
  Simulation second(seed, random_scenario(seed), nothing, seed);
  first.run();
  second.run();
  EXPECT_EQ(first.trace(), second.trace());
}

INSTANTIATE_TEST_SUITE_P(Batches, Seeds, testing::Range(0, 8));

}  // namespace
}  // namespace farm
