// How well the scheduler hands out, on the simulator: tasks of many lengths on many ranks. Prints JSON Lines, one a
// case. `simulate_bench short` leaves out what takes long.
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "core/random_durations.hpp"
#include "core/simulation.hpp"

namespace farm {
namespace {

using namespace std::chrono_literals;
using Kind = DurationRule::Kind;

// As long as a task takes in all; the start of its process is part of it.
constexpr Nanos spawn = 1ms;

struct Case {
  std::string name;
  std::uint32_t workers = 1;
  std::uint32_t slots = 1;
  std::uint64_t tasks = 0;
  DurationRule rule{};
  double reference = 0;  // percent: what a model of the policy alone had come to
  Nanos latency = 50us;
  double slowest = 1;     // the speed of one worker
  bool is_known = false;  // how long each takes
  bool is_long = false;   // for the program
};

DurationRule constant(Nanos time) { return {.mean = time - spawn}; }
DurationRule exponential(Nanos mean) { return {.kind = Kind::exponential, .mean = mean - spawn}; }
DurationRule lognormal(Nanos mean, double sigma) {
  return {.kind = Kind::lognormal, .mean = mean - spawn, .sigma = sigma};
}
// From half to one and a half.
DurationRule uniform(Nanos mean) {
  return {.kind = Kind::uniform, .shortest = mean / 2 - spawn, .longest = mean * 3 / 2 - spawn};
}

std::vector<Case> cases() {
  std::vector<Case> all{
      {.name = "1024 ranks, 2 ms",
       .workers = 1024,
       .tasks = 2'000'000,
       .rule = constant(2ms),
       .reference = 98.8,
       .is_long = true},
      {.name = "64 nodes x 64 slots, 11 ms",
       .workers = 64,
       .slots = 64,
       .tasks = 1'000'000,
       .rule = constant(11ms),
       .reference = 98.1,
       .is_long = true},
      {.name = "4096 ranks, 11 ms",
       .workers = 4096,
       .tasks = 1'000'000,
       .rule = constant(11ms),
       .reference = 92.3,
       .is_long = true},
      {.name = "512 ranks, 50 ms, latency 5 ms",
       .workers = 512,
       .tasks = 25'600,
       .rule = constant(50ms),
       .reference = 96.9,
       .latency = 5ms},
      {.name = "1024 ranks, 10 ms exponential",
       .workers = 1024,
       .tasks = 500'000,
       .rule = exponential(10ms),
       .reference = 98.4},
      {.name = "1024 ranks, 1 s exponential",
       .workers = 1024,
       .tasks = 51'200,
       .rule = exponential(1s),
       .reference = 88.1},
      {.name = "1024 ranks, 1 s exponential, known",
       .workers = 1024,
       .tasks = 51'200,
       .rule = exponential(1s),
       .reference = 100,
       .is_known = true},
      {.name = "8192 ranks, 10 s lognormal 0.5",
       .workers = 8192,
       .tasks = 401'408,
       .rule = lognormal(10s, 0.5),
       .reference = 92.3,
       .is_long = true},
      {.name = "64 ranks, one 5 x slower, 10 s uniform",
       .workers = 64,
       .tasks = 3'200,
       .rule = uniform(10s),
       .reference = 74.1,
       .slowest = 0.2},
  };
  const auto scale = [&](Nanos time, const char* what, std::uint32_t workers, std::uint32_t slots, double reference) {
    const std::uint64_t count = std::uint64_t{40} * workers * slots;
    const std::string name = std::to_string(workers) + (slots > 1 ? " x " + std::to_string(slots) : "") + " slots, ";
    all.push_back({.name = name + what,
                   .workers = workers,
                   .slots = slots,
                   .tasks = count,
                   .rule = constant(time),
                   .reference = reference,
                   .is_long = count > 200'000});
  };
  scale(10ms, "10 ms", 64, 1, 97.5);
  scale(10ms, "10 ms", 1024, 1, 96.3);
  scale(10ms, "10 ms", 4096, 1, 80);
  scale(10ms, "10 ms", 64, 64, 96.9);
  scale(10ms, "10 ms", 16'384, 1, 30);
  scale(100ms, "100 ms", 1024, 1, 95.9);
  scale(100ms, "100 ms", 16'384, 1, 95.9);
  scale(100ms, "100 ms", 256, 64, 96.9);
  scale(1s, "1 s", 1024, 1, 97.6);
  scale(1s, "1 s", 16'384, 1, 97.6);
  return all;
}

SimulationResult run(const Case& one, std::uint64_t seed) {
  RandomDurations durations(one.rule, seed);
  SimulationSetup setup;
  setup.costs = {.latency = one.latency, .spawn = spawn};
  for (std::uint32_t worker = 0; worker < one.workers; ++worker) {
    setup.workers.push_back({.slots = one.slots, .node = worker, .speed = worker == 0 ? one.slowest : 1});
  }
  setup.orders_by_weight = one.is_known;
  std::uint64_t read = 0;
  setup.next_task = [&](SimulatedTask& task) {
    if (read == one.tasks) return false;
    task.task.task = TaskId{read++};
    task.duration = durations.next();
    task.task.expected = one.is_known ? task.duration : Nanos(0);
    return true;
  };
  return simulate(std::move(setup));
}

}  // namespace
}  // namespace farm

int main(int argc, char** argv) {
  using namespace farm;
  const bool is_short = argc > 1 && std::strcmp(argv[1], "short") == 0;
  for (const Case& one : cases()) {
    if (is_short && one.is_long) continue;
    if (argc > 2 && one.name.find(argv[2]) == std::string::npos) continue;
    const SystemClock clock;
    const TimePoint begin = clock.now();
    // Where durations are drawn, the longest of them decides: several draws.
    const std::uint64_t draws = one.rule.kind == Kind::constant || one.is_long ? 1 : 10;
    SimulationResult result;
    double efficiency = 0;
    for (std::uint64_t seed = 1; seed <= draws; ++seed) {
      result = run(one, seed);
      efficiency += result.efficiency() / static_cast<double>(draws);
    }
    const double took = seconds(clock.now() - begin);
    std::printf(
        "{\"case\":\"%s\",\"efficiency\":%.2f,\"reference\":%.1f,\"load\":%.1f,\"rate\":%.0f,\"messages\":%.3f,"
        "\"makespan\":%.4f,\"took\":%.2f}\n",
        one.name.c_str(), 100 * efficiency, one.reference, 100 * result.master_load(), result.tasks_per_second(),
        static_cast<double>(result.messages) / static_cast<double>(result.tasks), seconds(result.makespan), took);
    std::fflush(stdout);
  }
}
