// Every key of a task, in all three forms, and what is bad in them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

#include "manifest/open_source.hpp"
#include "source_reading.hpp"
#include "support/temp_dir.hpp"

namespace farm {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using End = RetryCondition::End;

class TaskKeys : public testing::Test {
 protected:
  std::vector<TaskSpec> parse(const std::string& file, std::string_view text) {
    return read_all(*open_source(dir_.write(file, text), "/launch"));
  }
  std::string complaints(const std::string& file, std::string_view text) {
    const std::string path = dir_.write(file, text);
    return without(dir_ / "", error_of([&] { open_source(path, "/launch"); }, Error::Kind::usage));
  }
  std::string line_complaint(std::string_view setting) {
    return complaints("jobs.txt", "#FARM task " + std::string(setting) + "\nx\n");
  }
  std::string toml_complaint(std::string_view member) {
    return complaints("flow.toml", "[[task]]\ncommand='x'\n" + std::string(member) + "\n");
  }
  std::string sweep_complaint(std::string_view member) {
    return complaints("flow.toml", "[[sweep]]\ncommand='x'\nparameters.n=[1,2]\n" + std::string(member) + "\n");
  }

  TempDir dir_;
};

void expect_all_keys(const TaskSpec& task) {
  EXPECT_THAT(task.after, ElementsAre("prep-*", "big"));
  EXPECT_EQ(task.needs.cpus, 4U);
  EXPECT_EQ(task.needs.memory, std::uint64_t{2} << 30);
  EXPECT_EQ(task.needs.gpus, 1U);
  EXPECT_THAT(task.needs.tokens, ElementsAre(Pair("db", 1), Pair("licence", 2)));
  EXPECT_EQ(task.priority, -3);
  EXPECT_EQ(task.cost, minutes(90));
  ASSERT_TRUE(task.retry_on);
  EXPECT_THAT(task.retry_on->conditions,
              ElementsAre(RetryCondition{End::exit, 75, 1}, RetryCondition{End::memory, std::nullopt, 1.5}));
  EXPECT_EQ(task.stdin_file, "in");
  EXPECT_EQ(task.stdout_file, "out");
  EXPECT_EQ(task.stderr_file, "/tmp/err");
  EXPECT_THAT(task.inputs, ElementsAre("a.dat", "b.dat"));
  EXPECT_THAT(task.outputs, ElementsAre("c.dat"));
}

TEST_F(TaskKeys, InLines) {
  const auto tasks = parse("jobs.txt",
                           "#FARM task after='prep-*, big' cpus=4 mem=2GiB gpus=1 tokens=db=1,licence=2 priority=-3 "
                           "cost=1.5h retry_on=exit:75,memory*1.5 stdin=in stdout=out stderr=/tmp/err "
                           "inputs='a.dat b.dat' outputs=c.dat\nx\ny\n");
  ASSERT_EQ(tasks.size(), 2U);
  expect_all_keys(tasks[0]);
  TaskSpec plain;
  plain.command = "y";
  EXPECT_EQ(tasks[1], plain);
}

TEST_F(TaskKeys, InToml) {
  const auto tasks = parse("flow.toml", R"(
[defaults]
tokens = { other = 7 }
[[task]]
command = "x"
after = ["prep-*", "big"]
cpus = 4
mem = "2GiB"
gpus = 1
tokens = { db = 1, licence = 2 }
priority = -3
cost = "1.5h"
retry_on = ["exit:75", "memory*1.5"]
stdin = "in"
stdout = "out"
stderr = "/tmp/err"
inputs = ["a.dat", "b.dat"]
outputs = ["c.dat"]
)");
  ASSERT_EQ(tasks.size(), 1U);
  expect_all_keys(tasks[0]);
}

TEST_F(TaskKeys, InJsonLines) {
  const auto tasks = parse("tasks.jsonl", R"({"command":"x","after":["prep-*","big"],"cpus":4,"mem":"2GiB","gpus":1,)"
                                          R"("tokens":{"db":1,"licence":2},"priority":-3,"cost":5400,)"
                                          R"("retry_on":"exit:75, memory*1.5","stdin":"in","stdout":"out",)"
                                          R"("stderr":"/tmp/err","inputs":["a.dat","b.dat"],"outputs":["c.dat"]})");
  ASSERT_EQ(tasks.size(), 1U);
  expect_all_keys(tasks[0]);
}

TEST_F(TaskKeys, OfASweepArePatterns) {
  const auto tasks = parse("flow.toml", R"(
[[sweep]]
command = "x"
after = ["prep-{n}", "all"]
cpus = "{n}"
mem = "{n}GiB"
gpus = 2
tokens = { db = "{n}", licence = 1 }
timeout = "{n}m"
retries = "{n}"
priority = "-{n}"
cost = "{n}h"
retry_on = ["exit:{n}"]
stdin = "{n}.in"
stdout = "{n}.out"
inputs = ["{n}.dat"]
outputs = "{n}.result"
[sweep.parameters]
n = [1, 2]
)");
  ASSERT_EQ(tasks.size(), 2U);
  const TaskSpec& task = tasks[1];
  EXPECT_THAT(task.after, ElementsAre("prep-2", "all"));
  EXPECT_EQ(task.needs.cpus, 2U);
  EXPECT_EQ(task.needs.memory, std::uint64_t{2} << 30);
  EXPECT_EQ(task.needs.gpus, 2U);
  EXPECT_THAT(task.needs.tokens, ElementsAre(Pair("db", 2), Pair("licence", 1)));
  EXPECT_EQ(task.timeout, minutes(2));
  EXPECT_EQ(task.tries, 2U);
  EXPECT_EQ(task.priority, -2);
  EXPECT_EQ(task.cost, minutes(120));
  EXPECT_THAT(task.retry_on->conditions, ElementsAre(RetryCondition{End::exit, 2, 1}));
  EXPECT_EQ(task.stdin_file, "2.in");
  EXPECT_EQ(task.stdout_file, "2.out");
  EXPECT_THAT(task.inputs, ElementsAre("2.dat"));
  EXPECT_THAT(task.outputs, ElementsAre("2.result"));
}

TEST_F(TaskKeys, OfATaskReplaceThoseOfAll) {
  EXPECT_THAT(parse("jobs.txt", "#FARM default after=a tokens=db=1\n#FARM task after= tokens=\nx\n").at(0).after,
              IsEmpty());
  const auto tasks =
      parse("flow.toml", "[defaults]\nafter=['a','b']\ngpus=1\n[[task]]\ncommand='x'\nafter=['c']\ngpus=0\n");
  EXPECT_THAT(tasks.at(0).after, ElementsAre("c"));
  EXPECT_EQ(tasks.at(0).needs.gpus, 0U);
}

TEST_F(TaskKeys, AStringAloneIsOneItem) {
  EXPECT_THAT(parse("flow.toml", "[[task]]\ncommand='x'\nafter='the big, first one'\n").at(0).after,
              ElementsAre("the big, first one"));
}

TEST_F(TaskKeys, AbsurdRequestsAreRefused) {
  EXPECT_EQ(line_complaint("cpus=0"),
            "jobs.txt:1:17: '0' is not a number of cores; write a whole number from 1 to 65,536\n"
            "  #FARM task cpus=0\n                  ^");
  for (const char* cpus : {"-1", "1000000000", "1.5", "", "four"}) {
    EXPECT_THAT(line_complaint("cpus=" + std::string(cpus)), HasSubstr("is not a number of cores")) << cpus;
  }
  EXPECT_THAT(line_complaint("gpus=-1"), HasSubstr("1:17: '-1' is not a number of GPUs"));
  EXPECT_THAT(line_complaint("mem=2XB"), HasSubstr("1:16: '2XB' is not an amount of memory"));
  EXPECT_THAT(line_complaint("mem=-2G"), HasSubstr("is not an amount of memory"));
  EXPECT_THAT(line_complaint("mem=2"), HasSubstr("2 B of memory cannot be meant"));
  EXPECT_THAT(line_complaint("mem=2000P"), HasSubstr("cannot be meant"));
  EXPECT_THAT(line_complaint("tokens=db"), HasSubstr("expected NAME=COUNT"));
  EXPECT_THAT(line_complaint("tokens=db=0"), HasSubstr("'0' is not a number of tokens"));
  EXPECT_THAT(line_complaint("priority=high"), HasSubstr("'high' is not a priority"));
  EXPECT_THAT(line_complaint("priority=3000000000"), HasSubstr("is not a priority"));
  EXPECT_THAT(line_complaint("cost=-1h"), HasSubstr("'-1h' is not a duration"));
  EXPECT_THAT(line_complaint("retry_on=exit:0"), HasSubstr("no task that fails has the exit status '0'"));
  EXPECT_THAT(line_complaint("retry_on=exit*2"), HasSubstr("no limit that could grow"));
  EXPECT_THAT(line_complaint("retry_on="), HasSubstr("there is no end in it"));
  EXPECT_THAT(line_complaint("stdout="), HasSubstr("the name of a file must not be empty"));
  EXPECT_THAT(line_complaint("outputs=dir/"), HasSubstr("this is a directory"));
  EXPECT_THAT(line_complaint("after=a\x01"), HasSubstr("no name is like this"));
  EXPECT_THAT(line_complaint("afetr=a"), HasSubstr("unknown key 'afetr'; did you mean 'after'?"));
}

TEST_F(TaskKeys, OfADocumentAreComplainedAboutWhereTheyStand) {
  EXPECT_EQ(toml_complaint("cpus=0"),
            "flow.toml:3:6: '0' is not a number of cores; write a whole number from 1 to 65,536\n  cpus=0\n       ^");
  EXPECT_THAT(toml_complaint("cpus=[1]"), HasSubstr("3:6: 'cpus' must be a number or a string, not an array"));
  EXPECT_THAT(toml_complaint("after=[1]"), HasSubstr("3:8: 'after' must be an array of strings, not a whole number"));
  EXPECT_THAT(toml_complaint("after=3"), HasSubstr("3:7: 'after' must be an array of strings"));
  EXPECT_THAT(toml_complaint("after=['a', '']"), HasSubstr("3:13: the name of a task must not be empty"));
  EXPECT_THAT(toml_complaint("retry_on=['exit', 'exti']"), HasSubstr("3:19: unknown end 'exti'"));
  EXPECT_THAT(toml_complaint("retry_on=[]"), HasSubstr("3:10: there is no end in it"));
  EXPECT_THAT(toml_complaint("tokens={db=0}"), HasSubstr("3:12: '0' is not a number of tokens"));
  EXPECT_THAT(toml_complaint("tokens=['db']"), HasSubstr("'tokens' must be a table of names and numbers"));
  EXPECT_THAT(toml_complaint("tokens={db=true}"), HasSubstr("'tokens.db' must be a number"));
  EXPECT_THAT(complaints("tasks.jsonl", R"({"command":"x","inputs":["a","b/"]})"),
              HasSubstr("tasks.jsonl:1:30: this is a directory"));
}

TEST_F(TaskKeys, OfASweepAreCheckedForEveryCombination) {
  EXPECT_THAT(sweep_complaint("cpus='{n}x'"), HasSubstr("4:6: '1x' is not a number of cores"));
  EXPECT_THAT(sweep_complaint("after=['a', '{m}']"), HasSubstr("4:14: unknown placeholder '{m}'"));
  EXPECT_THAT(sweep_complaint("inputs=['a', '{n}/']"), HasSubstr("4:14: this is a directory"));
  EXPECT_THAT(sweep_complaint("tokens={db='{n}', d={a=1}}"), HasSubstr("'tokens.d' must be a string"));
  EXPECT_THAT(sweep_complaint("cpus=0"), HasSubstr("4:6: '0' is not a number of cores"));
}

}  // namespace
}  // namespace farm
