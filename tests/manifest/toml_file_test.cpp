#include "manifest/toml_file.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "source_reading.hpp"
#include "support/temp_dir.hpp"

namespace farm {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

class TomlForm : public testing::Test {
 protected:
  std::vector<TaskSpec> parse(std::string_view text) {
    TomlFile file(dir_.write("flow.toml", text), "/launch");
    std::vector<TaskSpec> tasks = read_all(file);
    EXPECT_EQ(file.total(), tasks.size());
    return tasks;
  }
  std::vector<std::string> commands(std::string_view text) { return commands_of(parse(text)); }

  /// A sweep that echoes parameter `a`.
  std::vector<std::string> values(std::string_view parameter) {
    return commands("[[sweep]]\ncommand = '{a}'\n[sweep.parameters]\na = " + std::string(parameter) + "\n");
  }

  std::string complaints(std::string_view text) {
    const std::string path = dir_.write("flow.toml", text);
    return without(dir_ / "", error_of([&] { TomlFile(path, "/launch"); }, Error::Kind::usage));
  }
  std::string complaints_about(std::string_view parameter) {
    return complaints("[[sweep]]\ncommand = '{a}'\n[sweep.parameters]\na = " + std::string(parameter) + "\n");
  }

  TempDir dir_;
};

TEST_F(TomlForm, TasksHaveTheirKeysAndTheDefaults) {
  const auto tasks = parse(R"(
[[task]]
command = "sim {not a placeholder}"
[[task]]
command = ["sim", "a b", 1.50]
name = "n"
timeout = 600
env = { B = 2 }
[defaults]
timeout = "1m"
retries = 2
env.A = "x"
)");
  ASSERT_EQ(tasks.size(), 2U);
  EXPECT_EQ(tasks[0].command, "sim {not a placeholder}");
  EXPECT_EQ(tasks[0].timeout, seconds(60));
  EXPECT_THAT(tasks[1].argv, ElementsAre("sim", "a b", "1.50"));
  EXPECT_EQ(tasks[1].timeout, seconds(600));
  EXPECT_EQ(tasks[1].tries, 2U);
  EXPECT_THAT(tasks[1].env, ElementsAre(Pair("A", "x"), Pair("B", "2")));
}

TEST_F(TomlForm, TasksAndSweepsComeInTheOrderOfTheFile) {
  EXPECT_THAT(
      commands("[[task]]\ncommand='a'\n[[sweep]]\ncommand='s {x}'\nparameters.x=[1,2]\n[[task]]\ncommand='b'\n"),
      ElementsAre("a", "s 1", "s 2", "b"));
}

TEST_F(TomlForm, TheLastParameterIsFastestAndValuesAreQuoted) {
  EXPECT_THAT(
      commands("[[sweep]]\ncommand='sim {z} {a}'\n[sweep.parameters]\nz=['x y', 'w']\na=[1.0, 1e-3, true]\n"),
      ElementsAre("sim 'x y' 1.0", "sim 'x y' 1e-3", "sim 'x y' true", "sim w 1.0", "sim w 1e-3", "sim w true"));
}

TEST_F(TomlForm, EverythingOfATaskIsAPattern) {
  const auto tasks = parse(R"(
[[sweep]]
command = ["sim", "{f}", "{{{T:.2f}}}"]
name = "sim-{#:03d}-{f/.}"
tag = "{T}"
cwd = "run/{T}"
env.T = "t{T}"
retries = 3
[sweep.parameters]
f = ["in/a b.txt"]
T = [300]
)");
  ASSERT_EQ(tasks.size(), 1U);
  EXPECT_THAT(tasks[0].argv, ElementsAre("sim", "in/a b.txt", "{300.00}"));
  EXPECT_EQ(tasks[0].name, "sim-001-a b");
  EXPECT_EQ(tasks[0].tag, "300");
  EXPECT_EQ(tasks[0].cwd, "/launch/run/300");
  EXPECT_THAT(tasks[0].env, ElementsAre(Pair("T", "t300")));
  EXPECT_EQ(tasks[0].tries, 3U);
  EXPECT_THAT(tasks[0].values, ElementsAre("in/a b.txt", "300"));
}

TEST_F(TomlForm, ParametersOfEveryKind) {
  EXPECT_THAT(values("{ range = [1, 5, 2] }"), ElementsAre("1", "3", "5"));
  EXPECT_THAT(values("{ range = [1, 3] }"), ElementsAre("1", "2", "3"));
  EXPECT_THAT(values("{ range = [0, 0.3, 0.1] }"), ElementsAre("0", "0.1", "0.2", "0.3"));
  EXPECT_THAT(values("{ linspace = [0, 1, 3] }"), ElementsAre("0", "0.5", "1"));
  EXPECT_THAT(values("{ logspace = [1, 100, 3] }"), ElementsAre("1", "10", "100"));
  const auto drawn = values("{ random = { uniform = [0, 1], n = 5, seed = 3 } }");
  EXPECT_EQ(drawn.size(), 5U);
  EXPECT_EQ(drawn, values("{ random = { uniform = [0, 1], n = 5, seed = 3 } }"));
  EXPECT_NE(drawn, values("{ random = { uniform = [0, 1], n = 5, seed = 4 } }"));
}

TEST_F(TomlForm, ALatinHypercubeIsSampledTogether) {
  const auto tasks = commands(
      "[[sweep]]\ncommand='{x} "
      "{k}'\n[sweep.samples]\nn=4\nseed=2\nparameters.x={uniform=[0,4]}\nparameters.k={integer=[1,4]}\n");
  std::vector<int> strata;
  std::vector<int> integers;
  for (const std::string& text : tasks) {
    strata.push_back(static_cast<int>(std::stod(text)));
    integers.push_back(std::stoi(text.substr(text.find(' '))));
  }
  EXPECT_THAT(strata, testing::UnorderedElementsAre(0, 1, 2, 3));
  EXPECT_THAT(integers, testing::UnorderedElementsAre(1, 2, 3, 4));
}

TEST_F(TomlForm, ColumnsComeFromFiles) {
  dir_.write("p.csv", "T,\"long name\"\r\n300,\"a, \"\"b\"\"\nc\"\r\n\r\n310,\r\n");
  EXPECT_THAT(values("{ file = 'p.csv', column = 'T' }"), ElementsAre("300", "310"));
  EXPECT_THAT(values("{ file = 'p.csv', column = 'long name' }"), ElementsAre("'a, \"b\"\nc'", "''"));
  dir_.write("p.tsv", "x\ty\n1\t2\n3\t4\n");
  EXPECT_THAT(commands("[[sweep]]\ntable='p.tsv'\ncommand='{x}{y}{z}'\nparameters.z=['a','b']\n"),
              ElementsAre("12a", "12b", "34a", "34b"));
}

TEST_F(TomlForm, ParametersGoTogetherOrNot) {
  const std::string parameters = "[sweep.parameters]\na=[1,2]\nb=[3,4]\nc=[5,6]\n";
  EXPECT_THAT(commands("[[sweep]]\ncommand='{a}{b}{c}'\ncombine='zip'\n" + parameters), ElementsAre("135", "246"));
  EXPECT_THAT(commands("[[sweep]]\ncommand='{a}{b}{c}'\nzip=[['a','c']]\n" + parameters),
              ElementsAre("135", "145", "236", "246"));
  EXPECT_THAT(complaints("[[sweep]]\ncommand='{a}'\ncombine='zip'\nparameters.a=[1,2]\nparameters.b=[3]\n"),
              HasSubstr("flow.toml:1:1: 'a' and 'b' go together, but have 2 and 1 values"));
}

TEST_F(TomlForm, ExcludedCombinationsAreLeftOut) {
  EXPECT_THAT(commands("[[sweep]]\ncommand='{T} {m} {#}'\nexclude=[\"T > 1 and m == 'x'\"]\n"
                       "[sweep.parameters]\nT=[1,2,10]\nm=['x','y']\n"),
              ElementsAre("1 x 1", "1 y 2", "2 y 4", "10 y 6"));
  EXPECT_THAT(complaints("[[sweep]]\ncommand='{T}'\nexclude='X > 1'\nparameters.T=[1]\n"),
              HasSubstr("flow.toml:3:10: expected the name of a parameter, found 'X'; there are T"));
}

TEST_F(TomlForm, ConditionsHaveTheirPlaces) {
  EXPECT_THAT(commands("[[sweep]]\ncommand='{m}{s}'\nexclude=\"m == 'x' or (s * 2 > 5 and not s == 4)\"\n"
                       "[sweep.parameters]\nm=['x','y']\ns=[1,2,3,4]\n"),
              ElementsAre("y1", "y2", "y4"));
  EXPECT_THAT(complaints("[[sweep]]\ncommand='{m}'\nexclude=['m == 1', \"m * 2 > 1\"]\nparameters.m=[2,'fast']\n"),
              HasSubstr("flow.toml:3:21: 'm' is 'fast', not a number\n"));
}

TEST_F(TomlForm, AMistakeFarBehindIsFoundWhereAllIsCounted) {
  const std::string sweep = "[[sweep]]\ncommand='{n}'\nparameters.n={ range=[1, 200000] }\n";
  EXPECT_THAT(complaints(sweep + "name='{n:.3g}'\nexclude='n < 150000'\n"),
              HasSubstr("flow.toml:1:1: the name '1.5e+05' is taken by the task of line 1"));
  EXPECT_THAT(complaints(sweep + "exclude='1 / (n - 150000) > 2'\n"), HasSubstr("4:12: this divides by zero"));
  EXPECT_THAT(complaints("[[sweep]]\nname='{n}'\ncommand='{n}'\nparameters.n={ range=[1, 200000] }\n"
                         "[[task]]\ncommand='x'\nname='150000'\n"),
              HasSubstr("flow.toml:5:1: the name '150000' is taken by the task of line 1"));
}

TEST_F(TomlForm, ANameThatComesTwiceInAHugeSweepEndsTheRun) {
  TomlFile file(dir_.write("flow.toml",
                           "[[sweep]]\nname='{n:.3g}'\ncommand='{n}'\nexclude='n < 150000'\n"
                           "parameters.n={ range=[1, 20000000] }\n"),
                "/launch");
  TaskSpec task;
  ASSERT_EQ(file.next(task), TaskSource::Next::task);
  EXPECT_THAT(error_of([&] { file.next(task); }, Error::Kind::fatal), HasSubstr("the name '1.5e+05' is taken"));
}

TEST_F(TomlForm, AHugeProductIsThereAtOnce) {
  std::string text = "[[sweep]]\ncommand='{a} {f}'\n[sweep.parameters]\n";
  for (char name = 'a'; name <= 'f'; ++name) text += std::string(1, name) + " = { range = [0, 999] }\n";
  TomlFile file(dir_.write("flow.toml", text), "/launch");
  EXPECT_EQ(file.total(), 1'000'000'000'000'000'000U);
  TaskSpec task;
  ASSERT_EQ(file.next(task), TaskSource::Next::task);
  ASSERT_EQ(file.next(task), TaskSource::Next::task);
  EXPECT_EQ(task.command, "0 1");
  file.rewind();
  ASSERT_EQ(file.next(task), TaskSource::Next::task);
  EXPECT_EQ(task.command, "0 0");
}

TEST_F(TomlForm, TheDigestKnowsTheFilesWithValues) {
  const std::string path = dir_.write("flow.toml", "[[sweep]]\ncommand='{T}'\ntable='p.csv'\n");
  dir_.write("p.csv", "T\n1\n");
  const auto before = TomlFile(path, "/launch").digest();
  EXPECT_EQ(TomlFile(path, "/launch").digest(), before);
  dir_.write("p.csv", "T\n2\n");
  EXPECT_NE(TomlFile(path, "/launch").digest(), before);
}

TEST_F(TomlForm, AllMistakesAreToldWithTheirPlaces) {
  EXPECT_EQ(
      complaints("[defaults]\ntiemout = 3\n[[task]]\nname = 'x'\n[[sweep]]\ncommand = 'sim {U}'\nparameters.T = [1]\n"),
      "flow.toml:2:1: unknown key 'tiemout'; did you mean 'timeout'?\n  tiemout = 3\n  ^\n"
      "flow.toml:3:1: this task has no command\n  [[task]]\n  ^\n"
      "flow.toml:6:16: unknown placeholder '{U}'; there are {T}, {#}, and {{ for a brace\n"
      "  command = 'sim {U}'\n                 ^");
}

TEST_F(TomlForm, BadParametersAreNamed) {
  EXPECT_THAT(complaints_about("[]"), HasSubstr("flow.toml:4:5: there must be at least one value"));
  EXPECT_THAT(complaints_about("3"), HasSubstr("expected a list [...]"));
  EXPECT_THAT(complaints_about("[nan]"), HasSubstr("numbers must be finite"));
  EXPECT_THAT(complaints_about("[[1]]"), HasSubstr("expected a string, a number or a boolean"));
  EXPECT_THAT(complaints_about("['x\\u0000', \"y\\u0000\"]"), HasSubstr("4:17: a NUL byte"));
  EXPECT_THAT(complaints_about("{ range = [1, 5, -1] }"), HasSubstr("this range never ends"));
  EXPECT_THAT(complaints_about("{ range = [1, 5, 0] }"), HasSubstr("this range never ends"));
  EXPECT_THAT(complaints_about("{ range = [-1, 9223372036854775807] }"), HasSubstr("more than 2^63"));
  EXPECT_THAT(complaints_about("{ range = [0.0, nan, 1] }"), HasSubstr("finite"));
  EXPECT_THAT(complaints_about("{ rnage = [1, 2] }"), HasSubstr("4:7: unknown key 'rnage'; did you mean 'range'?"));
  EXPECT_THAT(complaints_about("{ linspace = [1, 2] }"), HasSubstr("expected [first, last, number of values]"));
  EXPECT_THAT(complaints_about("{ random = { uniform = [0, 1] } }"), HasSubstr("'n' is missing"));
  EXPECT_THAT(complaints_about("{ file = 'no.csv', column = 'T' }"), HasSubstr("cannot read no.csv: No such file"));
  dir_.write("p.csv", "T,U\n1,2\n");
  EXPECT_THAT(complaints_about("{ file = 'p.csv', column = 'X' }"),
              HasSubstr("there is no column 'X'; there are T, U"));
  dir_.write("p.csv", "T,U\n1\n");
  EXPECT_THAT(complaints_about("{ file = 'p.csv', column = 'T' }"),
              HasSubstr("line 2 has 1 fields, the heading has 2"));
}

TEST_F(TomlForm, ValuesDoNotLeadWhatIsMadeOutOfItsDirectory) {
  const auto sweep = [](std::string_view keys, std::string_view value) {
    return fmt::format("[[sweep]]\ncommand = 'sim'\n{}\nparameters.a = ['good', '{}']\n", keys, value);
  };
  for (const auto& [keys, value, place] :
       {std::tuple("stdout = '{a}'", "../evil", "3:10"), std::tuple("stderr = 'out/{a}'", "..", "3:10"),
        std::tuple("outputs = ['x-{a}', '{a}.txt']", "/etc/evil", "3:21"),
        std::tuple("outputs = '../out/{a}/x'", "../..", "3:11")}) {
    EXPECT_THAT(complaints(sweep(keys, value)), AllOf(HasSubstr(place), HasSubstr("--allow-outside"))) << keys;
    const std::string path = dir_.write("flow.toml", sweep(keys, value));
    EXPECT_NO_THROW(TomlFile(path, "/launch", nullptr, OutputNames::anywhere)) << keys;
  }
  EXPECT_EQ(parse(sweep("outputs = ['../out/{a}']", "b"))[1].outputs.front(), "../out/b");
  EXPECT_EQ(parse(sweep("stdout = '/scratch/{a}'", "b"))[1].stdout_file, "/scratch/b");
  EXPECT_EQ(parse(sweep("inputs = ['{a}']\nstdin = '{a}'\ncwd = '{a}'", "/data/b"))[1].inputs.front(), "/data/b");
}

TEST_F(TomlForm, AListOfWhichNothingIsRightIsLeftOut) {
  for (const std::string key : {"retry_on", "after", "inputs"}) {
    const std::string path =
        dir_.write("flow.toml", "[[sweep]]\ncommand='a'\n" + key + "=['exit:n}']\nparameters.n=[1,2]\n");
    Complaints complaints;
    TomlFile flawed(path, "/launch", &complaints);
    EXPECT_EQ(commands_of(read_all(flawed)), (std::vector<std::string>{"a", "a"})) << key;
    EXPECT_THAT(without(dir_ / "", error_of([&] { complaints.raise_if_any(Error::Kind::usage); }, Error::Kind::usage)),
                HasSubstr("flow.toml:3:" + std::to_string(key.size() + 10) + ": "))
        << key;
  }
}

TEST_F(TomlForm, OtherMistakes) {
  EXPECT_THAT(complaints("[[task]\n"), HasSubstr("flow.toml:1:"));
  EXPECT_THAT(complaints("[[tsak]]\n"), HasSubstr("unknown key 'tsak'; did you mean 'task'?"));
  EXPECT_THAT(complaints("[task]\ncommand='a'\n"), HasSubstr("[[task]]"));
  EXPECT_THAT(complaints("[[task]]\ncommand='a'\nname='x'\n[[task]]\ncommand='b'\nname='x'\n"),
              HasSubstr("the name 'x' is taken by the task of line 1"));
  EXPECT_THAT(complaints("[[sweep]]\ncommand='a'\nname='x'\nparameters.T=[1,2]\n"),
              HasSubstr("the name 'x' is taken by the task of line 1"));
  EXPECT_THAT(complaints("[[sweep]]\ncommand='{T:03d}'\nparameters.T=[1,'x']\n"),
              HasSubstr("2:10: 'x' does not fit the format '03d'"));
  EXPECT_THAT(complaints("[[sweep]]\ncommand='a'\n"), HasSubstr("this sweep has no parameters"));
  EXPECT_THAT(complaints("[[sweep]]\nparameters.T=[1]\n"), HasSubstr("this sweep has no command"));
}

}  // namespace
}  // namespace farm
