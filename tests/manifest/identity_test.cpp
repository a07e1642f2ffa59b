#include <gtest/gtest.h>

#include "manifest/task_source.hpp"

namespace farm {
namespace {

TaskSpec command(std::string text) {
  TaskSpec task;
  task.command = std::move(text);
  return task;
}

// Runs are carried on across versions of farm: this value stands in journals.
TEST(Identity, NeverChangesForTheSameTask) {
  EXPECT_EQ(identity(command("echo a"), "/home").text(), "3b49ab872eaa4babfa25e03de903c30c");
}

TEST(Identity, IsCommandDirectoryAndEnvironment) {
  const Fingerprint plain = identity(command("echo a"), "/home");
  EXPECT_EQ(identity(command("echo a"), "/home"), plain);
  EXPECT_NE(identity(command("echo b"), "/home"), plain);
  EXPECT_NE(identity(command("echo a"), "/work"), plain);

  TaskSpec with_env = command("echo a");
  with_env.env = {{"A", "1"}};
  EXPECT_NE(identity(with_env, "/home"), plain);
}

TEST(Identity, IsWhatTheTaskReads) {
  const Fingerprint plain = identity(command("wc"), "/home");
  TaskSpec reading = command("wc");
  reading.stdin_parts = {{"/data", 0, 100}};
  const Fingerprint first = identity(reading, "/home");
  EXPECT_NE(first, plain);
  reading.stdin_parts = {{"/data", 100, 100}};
  EXPECT_NE(identity(reading, "/home"), first);
  reading.stdin_parts = {{"/data", 0, 100}};
  EXPECT_EQ(identity(reading, "/home"), first);
  reading.stdin_version = "yesterday's";
  EXPECT_NE(identity(reading, "/home"), first);
}

TEST(Identity, IsTheFileThatIsItsStandardInput) {
  TaskSpec reading = command("wc");
  reading.stdin_file = "data";
  EXPECT_NE(identity(reading, "/home"), identity(command("wc"), "/home"));
}

TEST(Identity, OfTheLaunchDirectoryIsTheSameWhetherWrittenOrNot) {
  TaskSpec written = command("echo a");
  written.cwd = "/home";
  EXPECT_EQ(identity(written, "/elsewhere"), identity(command("echo a"), "/home"));
}

TEST(Identity, DoesNotDependOnTheOrderOfTheEnvironment) {
  TaskSpec one = command("x");
  one.env = {{"A", "1"}, {"B", "2"}};
  TaskSpec other = command("x");
  other.env = {{"B", "2"}, {"A", "1"}};
  EXPECT_EQ(identity(one, "/"), identity(other, "/"));
  other.env = {{"B", "1"}, {"A", "2"}};
  EXPECT_NE(identity(one, "/"), identity(other, "/"));
}

TEST(Identity, LeavesOutLimitsAndTags) {
  TaskSpec task = command("x");
  task.tag = "t";
  task.timeout = std::chrono::seconds(1);
  task.tries = 3;
  task.after_barrier = true;
  task.after = {"a"};
  task.inputs = {"i"};
  task.outputs = {"o"};
  task.stdout_file = "out";
  task.stderr_file = "err";
  task.needs = {.cpus = 2, .memory = 1 << 20, .gpus = 1, .tokens = {{"db", 1}}};
  task.priority = 1;
  task.cost = std::chrono::seconds(1);
  task.retry_on = RetryRule{};
  EXPECT_EQ(identity(task, "/"), identity(command("x"), "/"));
}

TEST(Identity, OfAnArgumentVectorIsNotThatOfACommand) {
  TaskSpec one;
  one.argv = {"a", "b c"};
  TaskSpec other;
  other.argv = {"a b", "c"};
  EXPECT_NE(identity(one, "/"), identity(other, "/"));
  TaskSpec single;
  single.argv = {"x"};
  EXPECT_NE(identity(single, "/"), identity(command("x"), "/"));
}

TEST(Identity, OfANamedTaskIsItsName) {
  TaskSpec one = command("first version");
  one.name = "big";
  TaskSpec other = command("second version");
  other.name = "big";
  EXPECT_EQ(identity(one, "/home"), identity(other, "/work"));
  EXPECT_NE(identity(one, "/home"), identity(command("big"), "/home"));
}

}  // namespace
}  // namespace farm
