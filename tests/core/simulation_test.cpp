// Seeded random runs of the scheduler against simulated workers on a virtual clock: whatever order things happen in,
// every task ends exactly once and nothing is lost.
#include <gtest/gtest.h>

#include <map>
#include <queue>
#include <random>
#include <set>
#include <sstream>

#include "core/scheduler.hpp"

namespace farm {
namespace {

using namespace std::chrono_literals;

struct Scenario {
  std::uint64_t tasks = 0;
  std::uint32_t tries = 1;
  int workers = 1;
  double failing = 0;    // share of attempts
  double dying = 0;      // chance per event that a worker dies
  double cut_short = 0;  // chance per event that the run is told to stop
  bool delayed = false;
  HaltRule halt;
};

class Simulation {
 public:
  Simulation(std::uint64_t seed, const Scenario& scenario, const std::set<TaskId>& done_before)
      : random_(seed),
        scenario_(scenario),
        done_before_(done_before),
        scheduler_(
            {.halt = scenario.halt, .delay = scenario.delayed ? Nanos(1ms) : Nanos(0), .total = scenario.tasks}) {}

  void run() {
    for (int rank = 1; rank <= scenario_.workers; ++rank) join(Rank{rank});
    for (std::uint64_t steps = 0; !scheduler_.is_finished(); ++steps) {
      ASSERT_LT(steps, 200 * (scenario_.tasks + 10)) << "the run does not end";
      step();
    }
    ASSERT_EQ(scheduler_.counters().out, 0U);
  }

  const std::set<TaskId>& succeeded() const { return succeeded_; }
  const std::set<TaskId>& failed() const { return failed_; }
  bool was_stopped() const { return scheduler_.is_stopping(); }
  std::string trace() const { return trace_.str(); }

 private:
  struct Report {
    TimePoint at;
    std::uint64_t order;  // makes ties deterministic
    Rank from;
    AttemptKey key;
    bool operator>(const Report& other) const { return std::pair(at, order) > std::pair(other.at, other.order); }
  };
  struct Node {
    bool up = false;
    std::uint32_t slots = 0;
    std::set<AttemptKey> held;
  };

  bool chance(double probability) { return std::uniform_real_distribution<>(0, 1)(random_) < probability; }
  std::uint64_t below(std::uint64_t limit) {
    return std::uniform_int_distribution<std::uint64_t>(0, limit - 1)(random_);
  }

  void tell(const Event& event) {
    const Actions actions = scheduler_.apply(event, now_);
    scheduler_.check_invariants();
    for (const Action& action : actions) std::visit([this](const auto& one) { act(one); }, action);
  }

  void join(Rank rank) {
    nodes_[rank] = {.up = true, .slots = static_cast<std::uint32_t>(1 + below(4)), .held = {}};
    tell(WorkerUp{rank, nodes_[rank].slots});
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
    if (!reports_.empty()) return report();
    if (scheduler_.next_due() != end_of_time) {
      now_ = std::max(now_, scheduler_.next_due());
      return tell(Tick{});
    }
    join(Rank{static_cast<std::int32_t>(nodes_.size()) + 1});  // everybody died: somebody new comes
  }

  void read() {
    TasksRead event;
    // A reader may give fewer than it was asked for.
    for (std::uint64_t count = 1 + below(to_read_); count > 0 && read_ < scenario_.tasks; --count, --to_read_) {
      const TaskId task{read_++};
      event.tasks.push_back({.task = task,
                             .tries = scenario_.tries,
                             .succeeded_before = done_before_.contains(task),
                             .after_barrier = chance(0.01)});
    }
    event.end = read_ == scenario_.tasks;
    if (event.end) to_read_ = 0;
    tell(event);
  }

  void kill_one() {
    std::vector<Rank> up;
    for (const auto& [rank, node] : nodes_) {
      if (node.up) up.push_back(rank);
    }
    if (up.empty()) return;
    const Rank victim = up[below(up.size())];
    nodes_[victim].up = false;
    nodes_[victim].held.clear();
    trace_ << "down " << value(victim) << '\n';
    tell(WorkerDown{victim});  // its reports stay under way: they are stale now
  }

  void report() {
    const Report first = reports_.top();
    reports_.pop();
    now_ = std::max(now_, first.at);
    Node& node = nodes_[first.from];
    const bool is_held = node.held.erase(first.key) > 0;
    if (!is_held && node.up) return;  // returned or cancelled meanwhile
    Outcome outcome;
    outcome.cause = Cause::exited;
    outcome.code = chance(scenario_.failing) ? 1 : 0;
    outcome.usage.wall = Nanos(1us) * static_cast<std::int64_t>(1 + below(2000));
    const AttemptsEnded event{first.from, {{first.key, outcome}}};
    tell(event);
    if (chance(0.05)) tell(event);  // said twice
  }

  void act(const ReadTasks& read) { to_read_ += read.count; }

  void act(const SendTasks& send) {
    Node& node = nodes_[send.worker];
    ASSERT_TRUE(node.up) << "work for the dead";
    for (const AttemptKey key : send.keys) {
      trace_ << "send " << value(key.task) << '.' << value(key.attempt) << " to " << value(send.worker) << '\n';
      ASSERT_FALSE(succeeded_.contains(key.task) || failed_.contains(key.task) || done_before_.contains(key.task));
      ASSERT_TRUE(attempts_.insert(key).second) << "an attempt is handed out once";
      node.held.insert(key);
      reports_.push({now_ + Nanos(1us) * static_cast<std::int64_t>(1 + below(5000)), order_++, send.worker, key});
    }
  }

  void act(const TakeBack& take) {
    Node& node = nodes_[take.worker];
    AttemptsReturned event{take.worker, {}};
    for (auto held = node.held.begin(); held != node.held.end();) {
      if (node.held.size() <= node.slots) break;
      event.keys.push_back(*held);
      held = node.held.erase(held);
    }
    owed_.push_back(event);
  }

  void act(const StopWorker& stop) {
    AttemptsEnded event{stop.worker, {}};
    for (const AttemptKey key : std::exchange(nodes_[stop.worker].held, {})) {
      Outcome outcome;
      outcome.cause = Cause::cancelled;
      event.results.push_back({key, outcome});
    }
    owed_.push_back(event);
  }

  void act(const TaskSettled& settled) {
    trace_ << "settled " << value(settled.task) << (settled.succeeded ? " ok" : " failed") << '\n';
    ASSERT_TRUE((settled.succeeded ? succeeded_ : failed_).insert(settled.task).second) << "settled twice";
  }

  void act(const Halted&) {}

  std::mt19937_64 random_;
  Scenario scenario_;
  const std::set<TaskId>& done_before_;
  Scheduler scheduler_;
  TimePoint now_{};
  std::map<Rank, Node> nodes_;
  std::priority_queue<Report, std::vector<Report>, std::greater<>> reports_;
  std::vector<Event> owed_;  // answers of workers, given one by one so that apply() is never entered twice
  std::uint64_t order_ = 0;
  std::uint64_t to_read_ = 0;
  std::uint64_t read_ = 0;
  std::set<AttemptKey> attempts_;
  std::set<TaskId> succeeded_;
  std::set<TaskId> failed_;
  std::ostringstream trace_;
};

Scenario random_scenario(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto below = [&](std::uint64_t limit) { return random() % limit; };
  const auto sometimes = [&](double value) { return below(2) == 0 ? value : 0.0; };
  Scenario scenario{.tasks = below(200),
                    .tries = static_cast<std::uint32_t>(1 + below(4)),
                    .workers = static_cast<int>(1 + below(6)),
                    .failing = sometimes(0.3),
                    .dying = sometimes(0.01),
                    .cut_short = sometimes(0.002),
                    .delayed = below(8) == 0,
                    .halt = {}};
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
      Simulation simulation(seed + 7919 * start, scenario, done);
      simulation.run();
      if (testing::Test::HasFatalFailure()) return;
      for (const TaskId task : simulation.succeeded()) ASSERT_TRUE(done.insert(task).second) << "succeeded twice";
      failed = simulation.failed();
      if (simulation.was_stopped()) {
        failed.clear();
        scenario.cut_short /= 2;
        scenario.halt = {};
      }
    }
  }
}

TEST_P(Seeds, TheSameSeedGivesTheSameTrace) {
  const auto seed = static_cast<std::uint64_t>(GetParam());
  const std::set<TaskId> nothing;
  Simulation first(seed, random_scenario(seed), nothing);
  Simulation second(seed, random_scenario(seed), nothing);
  first.run();
  second.run();
  EXPECT_EQ(first.trace(), second.trace());
}

INSTANTIATE_TEST_SUITE_P(Batches, Seeds, testing::Range(0, 8));

}  // namespace
}  // namespace farm
