#include "core/simulation.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "core/lower_bound.hpp"
#include "core/random_durations.hpp"
#include "core/task_graph_builder.hpp"

namespace farm {
namespace {

using namespace std::chrono_literals;

// Nothing but the tasks takes any time.
constexpr SimulatedCosts free_of_charge{.per_message = 0ns, .per_task = 0ns, .latency = 0ns, .spawn = 0ns};

struct Work {
  std::vector<SimulatedTask> tasks;

  Work& add(Nanos duration, Needs needs = {}) {
    tasks.push_back({.task = {.task = TaskId{tasks.size()}, .needs = std::move(needs)}, .duration = duration});
    return *this;
  }
  Work& add(std::size_t count, Nanos duration) {
    for (; count > 0; --count) add(duration);
    return *this;
  }
};

SimulationResult simulate_work(const Work& work, SimulationSetup setup) {
  std::size_t read = 0;
  setup.next_task = [&work, &read](SimulatedTask& task) {
    if (read == work.tasks.size()) return false;
    task = work.tasks[read++];
    return true;
  };
  return simulate(std::move(setup));
}

std::vector<SimulatedRank> ranks(std::uint32_t count, std::uint32_t slots = 1) {
  std::vector<SimulatedRank> all;
  for (std::uint32_t node = 0; node < count; ++node) all.push_back({.slots = slots, .node = node});
  return all;
}

TEST(Simulation, NothingTakesNoTime) {
  const SimulationResult result = simulate_work({}, {.costs = free_of_charge, .workers = ranks(2)});
  EXPECT_EQ(result.tasks, 0U);
  EXPECT_EQ(result.makespan, 0ns);
  EXPECT_EQ(result.efficiency(), 1);
  EXPECT_EQ(result.master_load(), 0);
}

TEST(Simulation, WithoutCostsThereIsNoLoss) {
  const auto result = simulate_work(Work().add(12, 10s), {.costs = free_of_charge, .workers = ranks(3)});
  EXPECT_EQ(result.tasks, 12U);
  EXPECT_EQ(result.makespan, 40s);
  EXPECT_EQ(result.lower_bound, 40s);
  EXPECT_EQ(result.slot_seconds, 120);
}

TEST(Simulation, EveryCostShows) {
  const SimulatedCosts costs{.per_message = 4us, .per_task = 2us, .latency = 100us, .spawn = 5ms};
  const auto result = simulate_work(Work().add(1, 1s), {.costs = costs, .workers = ranks(1)});
  // A greeting in; the task there, run, and its result back.
  EXPECT_EQ(result.makespan, 2us + (2us + 1us) + 100us + 5ms + 1s + 100us + (2us + 1us));
  EXPECT_EQ(result.master_busy, 8us);
  EXPECT_EQ(result.messages, 3U);
  EXPECT_EQ(result.lower_bound, 1s + 5ms);
}

TEST(Simulation, TheMasterHandlesOneMessageAtATime) {
  const SimulatedCosts slow{.per_message = 2ms, .per_task = 0ns, .latency = 0ns, .spawn = 0ns};
  // A thousand slots ask for 1000 tasks/s; a pair of messages takes 2 ms, so 500 is what they get, after the greetings.
  const auto result = simulate_work(Work().add(4000, 1s), {.costs = slow, .workers = ranks(1000)});
  EXPECT_GE(result.makespan, 1000 * 1ms + 4000 * 2ms);
  EXPECT_LE(result.makespan, 1000 * 1ms + 4000 * 2ms + 1s);
  EXPECT_GT(result.master_load(), 0.85);
}

TEST(Simulation, ASlowWorkerTakesLonger) {
  auto workers = ranks(2);
  workers[1].speed = 0.25;
  const auto result = simulate_work(Work().add(5, 4s), {.costs = free_of_charge, .workers = workers});
  EXPECT_EQ(result.makespan, 16s) << "four there, one here";
  EXPECT_EQ(result.lower_bound, 16s);
}

TEST(Simulation, NeedsAreRespected) {
  Work work;
  for (int i = 0; i < 8; ++i) work.add(1s, {.cpus = 3});
  const auto result = simulate_work(
      work, {.costs = free_of_charge, .workers = ranks(2, 4), .node = {.cpus = 4, .gpus = 0, .memory = 0}});
  EXPECT_EQ(result.makespan, 4s) << "one at a time on each of two nodes";
  EXPECT_EQ(result.lower_bound, 3s) << "24 processor seconds on 8";
}

TEST(Simulation, TokensAreRespected) {
  Work work;
  for (int i = 0; i < 6; ++i) work.add(1s, {.tokens = {{"db", 1}}});
  const auto result = simulate_work(work, {.costs = free_of_charge, .workers = ranks(6), .tokens = {{"db", 2}}});
  EXPECT_EQ(result.makespan, 3s);
  EXPECT_EQ(result.efficiency(), 1) << "nobody could be faster";
}

TEST(Simulation, WhatFitsNowhereEndsTheRunBeforeItBegins) {
  const auto result = simulate_work(Work().add(1s, {.cpus = 8}).add(2, 1s),
                                    {.costs = free_of_charge, .workers = ranks(2, 4), .node = {.cpus = 4}});
  EXPECT_EQ(result.tasks, 0U);
  EXPECT_EQ(result.left, 3U);
}

TEST(Simulation, DependenciesAndBarriersMakeTheBound) {
  std::vector<TaskSpec> specs(4);
  for (std::size_t i = 0; i < specs.size(); ++i) specs[i].name = "t" + std::to_string(i);
  specs[1].after = {"t0"};
  specs[2].after = {"t1"};
  Work work;
  work.add(3, 2s).add(1, 5s);
  SimulationSetup setup{.costs = free_of_charge, .workers = ranks(8)};
  setup.graph = make_task_graph(specs, "/").graph;
  const auto chain = simulate_work(work, setup);
  EXPECT_EQ(chain.makespan, 6s);
  EXPECT_EQ(chain.lower_bound, 6s);
  work.tasks[3].task.after_barrier = true;
  const auto fenced = simulate_work(work, setup);
  EXPECT_EQ(fenced.makespan, 11s);
  EXPECT_EQ(fenced.lower_bound, 11s);
}

TEST(Simulation, LongestFirstIsWithinATwentiethOfTheBest) {
  RandomDurations durations({.kind = DurationRule::Kind::lognormal, .mean = 1s, .sigma = 1}, 7);
  Work unknown;
  for (int i = 0; i < 2000; ++i) unknown.add(durations.next());
  Work known = unknown;
  for (SimulatedTask& task : known.tasks) task.task.expected = task.duration;
  const auto blind = simulate_work(unknown, {.workers = ranks(100)});
  const auto ordered = simulate_work(known, {.workers = ranks(100), .orders_by_weight = true});
  EXPECT_GE(ordered.efficiency(), 1 / 1.05);
  EXPECT_GT(ordered.efficiency(), blind.efficiency());
}

TEST(Simulation, TheSameTwice) {
  RandomDurations durations({.kind = DurationRule::Kind::exponential, .mean = 3ms}, 3);
  Work work;
  for (int i = 0; i < 3000; ++i) work.add(durations.next());
  const auto first = simulate_work(work, {.workers = ranks(7, 3)});
  const auto second = simulate_work(work, {.workers = ranks(7, 3)});
  EXPECT_EQ(first.makespan, second.makespan);
  EXPECT_EQ(first.messages, second.messages);
  EXPECT_EQ(first.tasks, 3000U);
}

TEST(RandomDurations, HaveTheMeanAndSpreadTheyWereAskedFor) {
  const auto moments = [](const DurationRule& rule) {
    RandomDurations durations(rule, 11);
    double sum = 0;
    double squares = 0;
    constexpr int count = 200'000;
    for (int i = 0; i < count; ++i) {
      const double x = seconds(durations.next());
      sum += x;
      squares += x * x;
    }
    const double mean = sum / count;
    return std::pair(mean, squares / count / (mean * mean) - 1);
  };
  using Kind = DurationRule::Kind;
  const auto constant = moments({.mean = 2s});
  EXPECT_NEAR(constant.first, 2, 1e-9);
  EXPECT_NEAR(constant.second, 0, 1e-9);
  const auto uniform = moments({.kind = Kind::uniform, .shortest = 1s, .longest = 3s});
  EXPECT_NEAR(uniform.first, 2, 0.01);
  EXPECT_NEAR(uniform.second, 1.0 / 12, 0.005);
  const auto exponential = moments({.kind = Kind::exponential, .mean = 2s});
  EXPECT_NEAR(exponential.first, 2, 0.03);
  EXPECT_NEAR(exponential.second, 1, 0.03);
  const auto lognormal = moments({.kind = Kind::lognormal, .mean = 2s, .sigma = 0.5});
  EXPECT_NEAR(lognormal.first, 2, 0.02);
  EXPECT_NEAR(lognormal.second, std::exp(0.25) - 1, 0.02);
}

}  // namespace
}  // namespace farm
