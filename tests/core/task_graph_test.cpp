#include "core/task_graph.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>
#include <random>
#include <set>

#include "core/task_graph_builder.hpp"

namespace farm {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;
using Complaint = TaskGraphBuilder::Complaint;

TaskSpec task(std::string name, std::vector<std::string> after = {}) {
  TaskSpec made;
  made.name = std::move(name);
  made.after = std::move(after);
  return made;
}

TaskSpec maker(std::vector<std::string> inputs, std::vector<std::string> outputs) {
  TaskSpec made;
  made.inputs = std::move(inputs);
  made.outputs = std::move(outputs);
  return made;
}

TaskGraph graph_of(const std::vector<TaskSpec>& tasks) {
  auto result = make_task_graph(tasks, "/launch");
  EXPECT_THAT(result.complaints, IsEmpty());
  return std::move(result.graph);
}

std::vector<Complaint> complaints_of(const std::vector<TaskSpec>& tasks) {
  auto result = make_task_graph(tasks, "/launch");
  EXPECT_TRUE(result.graph.empty());
  return std::move(result.complaints);
}

/// The tasks that must have succeeded before `task`, through joins.
std::set<std::uint64_t> before(const TaskGraph& graph, std::uint64_t task) {
  std::set<std::uint64_t> found;
  for (TaskGraph::Node node = 0; node < graph.nodes(); ++node) {
    if (!graph.task_of(node)) continue;
    std::vector<TaskGraph::Node> reached(graph.successors(node).begin(), graph.successors(node).end());
    while (!reached.empty()) {
      const TaskGraph::Node next = reached.back();
      reached.pop_back();
      if (graph.task_of(next) == TaskId{task}) found.insert(value(*graph.task_of(node)));
      if (!graph.task_of(next))
        reached.insert(reached.end(), graph.successors(next).begin(), graph.successors(next).end());
    }
  }
  return found;
}

std::size_t edges(const TaskGraph& graph) {
  std::size_t count = 0;
  for (TaskGraph::Node node = 0; node < graph.nodes(); ++node) count += graph.successors(node).size();
  return count;
}

/// Every task's predecessors are its successors' other side.
void check_counts(const TaskGraph& graph) {
  std::vector<std::uint32_t> counted(graph.nodes());
  for (TaskGraph::Node node = 0; node < graph.nodes(); ++node) {
    for (const TaskGraph::Node successor : graph.successors(node)) ++counted[successor];
  }
  for (TaskGraph::Node node = 0; node < graph.nodes(); ++node) EXPECT_EQ(graph.predecessors(node), counted[node]);
}

TEST(TaskGraph, IsEmptyWithoutDependencies) {
  TaskGraphBuilder builder("/launch");
  const TaskSpec plain = maker({"read by all"}, {"made"});
  builder.survey(task("a"));
  builder.survey(plain);
  EXPECT_FALSE(builder.is_needed());
  EXPECT_TRUE(graph_of({task("a"), plain, task("b")}).empty());
}

TEST(TaskGraph, ADiamond) {
  const TaskGraph graph = graph_of({task("end", {"left", "right"}), task("left", {"start"}), task("alone"),
                                    task("right", {"start"}), task("start")});
  EXPECT_EQ(graph.nodes(), 4U);
  EXPECT_FALSE(graph.node_of(TaskId{2}));
  EXPECT_EQ(graph.predecessors(*graph.node_of(TaskId{4})), 0U);
  EXPECT_EQ(graph.predecessors(*graph.node_of(TaskId{0})), 2U);
  EXPECT_THAT(before(graph, 0), UnorderedElementsAre(1, 3));
  EXPECT_THAT(before(graph, 1), UnorderedElementsAre(4));
  EXPECT_THAT(before(graph, 4), IsEmpty());
  check_counts(graph);
}

TEST(TaskGraph, LevelsAreTheLongestSumOfCostsToTheEnd) {
  TaskSpec slow = task("slow", {"start"});
  slow.cost = seconds(10);
  const TaskGraph graph = graph_of({task("start"), slow, task("quick", {"start"}), task("end", {"slow", "quick"})});
  const auto level = [&](std::uint64_t id) { return graph.level(*graph.node_of(TaskId{id})); };
  EXPECT_DOUBLE_EQ(level(3), 1);
  EXPECT_DOUBLE_EQ(level(2), 2);
  EXPECT_DOUBLE_EQ(level(1), 11);
  EXPECT_DOUBLE_EQ(level(0), 12);
}

TEST(TaskGraph, FilesSayWhoGoesFirst) {
  TaskSpec elsewhere = maker({"a.dat"}, {"b.dat"});
  elsewhere.cwd = "/launch/sub";
  TaskSpec streams;
  streams.stdin_file = "./sub//b.dat";
  streams.stdout_file = "c.dat";
  const TaskGraph graph = graph_of({maker({"/launch/c.dat", "nobody makes it"}, {}), maker({}, {"/launch/sub/a.dat"}),
                                    elsewhere, streams, maker({"a.dat"}, {})});
  EXPECT_EQ(graph.nodes(), 4U) << "a.dat of the launch directory is another file";
  EXPECT_THAT(before(graph, 0), ElementsAre(3));
  EXPECT_THAT(before(graph, 3), ElementsAre(2));
  EXPECT_THAT(before(graph, 2), ElementsAre(1));
}

TEST(TaskGraph, AfterAndInputsOfTheSameTaskAreOneEdge) {
  TaskSpec first = maker({}, {"x", "y"});
  first.name = "first";
  TaskSpec second = maker({"x", "y"}, {});
  second.after = {"first", "fir*", "first"};
  const TaskGraph graph = graph_of({first, second});
  EXPECT_EQ(edges(graph), 1U);
  check_counts(graph);
}

TEST(TaskGraph, APatternCostsItsMembersAndItsUsers) {
  std::vector<TaskSpec> tasks;
  for (int i = 0; i < 100; ++i) tasks.push_back(task("prep-" + std::to_string(i)));
  for (int i = 0; i < 50; ++i) tasks.push_back(task("run-" + std::to_string(i), {"prep-*"}));
  tasks.push_back(task("sum", {"run-[0-9]*"}));
  const TaskGraph graph = graph_of(tasks);
  EXPECT_EQ(graph.nodes(), 152U);
  EXPECT_EQ(edges(graph), 100U + 50U + 50U) << "one user needs no join";
  EXPECT_EQ(before(graph, 120).size(), 100U);
  EXPECT_EQ(before(graph, 150).size(), 50U);
  EXPECT_DOUBLE_EQ(graph.level(*graph.node_of(TaskId{0})), 3) << "a join takes no time";
  check_counts(graph);
}

TEST(TaskGraph, TheSameListCostsItsItemsAndItsUsers) {
  std::vector<TaskSpec> tasks;
  std::vector<std::string> names;
  for (int i = 0; i < 30; ++i) {
    names.push_back("p" + std::to_string(i));
    tasks.push_back(task(names.back()));
  }
  names.push_back("p1*");
  for (int i = 0; i < 40; ++i) tasks.push_back(task("", names));
  const TaskGraph graph = graph_of(tasks);
  EXPECT_LE(edges(graph), 30U + 40U);
  EXPECT_EQ(before(graph, 69).size(), 30U);
  check_counts(graph);
}

TEST(TaskGraph, OneTaskMayComeAfterAllOthersThatAreLikeIt) {
  const TaskGraph graph = graph_of({task("sum", {"*"}), task("a"), task("b"), task("", {"*u*", "a"})});
  EXPECT_THAT(before(graph, 3), UnorderedElementsAre(0, 1));
  const auto complaints = complaints_of({task("x", {"*"}), task("a"), task("y", {"*"})});
  ASSERT_EQ(complaints.size(), 1U);
  EXPECT_THAT(complaints[0].others, ElementsAre(TaskId{0}, TaskId{2}, TaskId{0}));
  EXPECT_EQ(complaints_of({task("x", {"x*"})}).at(0).text, "only this task itself has a name like '{item}'");
}

TEST(TaskGraph, ComplainsAboutEverythingAtOnce) {
  TaskSpec twice = maker({}, {"x"});
  twice.stdout_file = "y";
  twice.stderr_file = "y";
  const auto complaints = complaints_of({task("a", {"b", "nobody"}), task("b"), task("c", {"c"}), task("d", {"no*"}),
                                         maker({}, {"w", "x"}), twice, maker({"z"}, {"z"})});
  ASSERT_EQ(complaints.size(), 5U);
  EXPECT_EQ(complaints[0].text, "no task is called '{item}'");
  EXPECT_EQ(complaints[0].task, TaskId{0});
  EXPECT_EQ(complaints[0].item, 1U);
  EXPECT_EQ(complaints[1].text, "a task cannot wait for itself");
  EXPECT_EQ(complaints[2].text, "no task has a name like '{item}'");
  EXPECT_EQ(complaints[3].text, "'{item}' is made by {others}, too");
  EXPECT_EQ(complaints[3].task, TaskId{5});
  EXPECT_EQ(complaints[3].key, "outputs");
  EXPECT_THAT(complaints[3].others, ElementsAre(TaskId{4}));
  EXPECT_EQ(complaints[4].text, "this task makes '{item}' itself: it cannot wait for it");
}

TEST(TaskGraph, FilesOfTheSystemAreMadeByNobody) {
  TaskSpec quiet;
  quiet.stdout_file = "/dev/null";
  TaskSpec reading;
  reading.stdin_file = "/dev/null";
  EXPECT_TRUE(graph_of({quiet, quiet, reading}).empty());
}

TEST(TaskGraph, CirclesAreReportedWithTheirPath) {
  const auto complaints =
      complaints_of({task("behind", {"c"}), task("c", {"b"}), task("a", {"c"}), task("b", {"a"}), task("d", {"e"}),
                     task("e", {"d"}), task("fine"), task("after fine", {"fine"})});
  ASSERT_EQ(complaints.size(), 2U);
  EXPECT_EQ(complaints[0].task, TaskId{1});
  EXPECT_THAT(complaints[0].others, ElementsAre(TaskId{1}, TaskId{3}, TaskId{2}, TaskId{1}))
      << "each waits for the next";
  EXPECT_THAT(complaints[1].others, ElementsAre(TaskId{4}, TaskId{5}, TaskId{4}));
}

TEST(TaskGraph, ALongCircleIsToldInShort) {
  std::vector<TaskSpec> tasks;
  for (int i = 0; i < 1000; ++i) tasks.push_back(task(std::to_string(i), {std::to_string((i + 1) % 1000)}));
  const auto complaints = complaints_of(tasks);
  ASSERT_EQ(complaints.size(), 1U);
  EXPECT_EQ(complaints[0].others.size(), 20U);
  EXPECT_EQ(complaints[0].text, "these 1000 tasks wait for one another: {others} -> ...");
}

TEST(TaskGraph, WhatABarrierMakesImpossibleIsReported) {
  TaskSpec behind = task("behind");
  behind.after_barrier = true;
  EXPECT_THAT(before(graph_of({task("a"), behind, task("b", {"a"})}), 2), ElementsAre(0));
  const auto complaints = complaints_of({task("a", {"behind"}), behind});
  ASSERT_EQ(complaints.size(), 1U);
  EXPECT_EQ(complaints[0].task, TaskId{0});
  EXPECT_THAT(complaints[0].others, ElementsAre(TaskId{1}));
  // Through a join, too.
  EXPECT_EQ(complaints_of({task("a", {"b*"}), task("c", {"b*"}), task("d", {"b*"}), behind, task("b1")}).size(), 3U);
}

TEST(TaskGraph, RandomGraphsAreWhatTheyWereMadeOf) {
  std::mt19937 random(11);
  for (int round = 0; round < 200; ++round) {
    const std::size_t count = 2 + random() % 30;
    std::vector<std::size_t> place(count);
    std::iota(place.begin(), place.end(), 0);
    std::shuffle(place.begin(), place.end(), random);  // task -> rank in an order without circles
    std::vector<TaskSpec> tasks;
    std::vector<std::set<std::uint64_t>> expected(count);
    std::vector<bool> takes_part(count);
    for (std::size_t i = 0; i < count; ++i) {
      TaskSpec made = task("t" + std::to_string(i));
      made.outputs = {"f" + std::to_string(i)};
      for (std::size_t j = 0; j < count; ++j) {
        if (place[j] >= place[i] || random() % 4 != 0) continue;
        if (random() % 2 == 0) {
          made.after.push_back("t" + std::to_string(j));
        } else {
          made.inputs.push_back("f" + std::to_string(j));
        }
        expected[i].insert(j);
        takes_part[i] = takes_part[j] = true;
      }
      tasks.push_back(std::move(made));
    }
    const TaskGraph graph = graph_of(tasks);
    check_counts(graph);
    for (std::size_t i = 0; i < count; ++i) {
      EXPECT_EQ(graph.node_of(TaskId{i}).has_value(), takes_part[i]);
      EXPECT_EQ(before(graph, i), expected[i]);
    }
  }
}

}  // namespace
}  // namespace farm
