// What the lines of a file mean, and every complaint about them. LinesStream reads them with the same parser.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "manifest/lines_file.hpp"
#include "source_reading.hpp"
#include "support/temp_dir.hpp"

namespace farm {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

TaskSpec plain_task(std::string command) {
  TaskSpec task;
  task.command = std::move(command);
  return task;
}

class LinesForm : public testing::Test {
 protected:
  std::vector<TaskSpec> parse(std::string_view text) {
    LinesFile file(dir_.write("jobs.txt", text), "/launch");
    std::vector<TaskSpec> tasks = read_all(file);
    EXPECT_EQ(file.total(), tasks.size());
    return tasks;
  }
  std::vector<std::string> commands(std::string_view text) { return commands_of(parse(text)); }

  /// The complaints without the directory in front of `jobs.txt`.
  std::string complaints(std::string_view text) {
    const std::string path = dir_.write("jobs.txt", text);
    std::string all = error_of([&] { LinesFile(path, "/launch"); }, Error::Kind::usage);
    const std::string directory = path.substr(0, path.size() - std::string_view("jobs.txt").size());
    for (std::size_t at = 0; (at = all.find(directory)) != std::string::npos;) all.erase(at, directory.size());
    return all;
  }

  TempDir dir_;
};

TEST_F(LinesForm, OneCommandPerLine) {
  EXPECT_THAT(commands("a\nb c\nd"), ElementsAre("a", "b c", "d"));
  EXPECT_THAT(commands(""), IsEmpty());
  EXPECT_THAT(commands("\n\n"), IsEmpty());
}

TEST_F(LinesForm, BlankLinesAndCommentsAreSkipped) {
  EXPECT_THAT(commands("\n  \t\n# no\n   # no\n#no\n#FARMS\n#farm task name=x\n#FARM-task\na # stays\n"),
              ElementsAre("a # stays"));
}

TEST_F(LinesForm, SpaceAroundACommandGoesAndEverythingElseStays) {
  EXPECT_THAT(commands(" \t a  b\t\n"), ElementsAre("a  b"));
  EXPECT_THAT(commands("echo \xFF\xFE '\x01'\n"), ElementsAre("echo \xFF\xFE '\x01'"));
  EXPECT_THAT(commands("ls a\\ \n"), ElementsAre("ls a\\ ")) << "an escaped blank is part of the word";
}

TEST_F(LinesForm, FilesFromOtherSystemsAreRead) {
  EXPECT_THAT(commands("\xEF\xBB\xBF"
                       "a\r\nb\r\n\r\n# c\r\nd\r"),
              ElementsAre("a", "b", "d"));
  EXPECT_THAT(commands("a\rb\n"), ElementsAre("a\rb"));
  EXPECT_EQ(parse("\xEF\xBB\xBF#FARM task name=x\r\na\r\n").at(0).name, "x");
}

TEST_F(LinesForm, ATaskDirectiveIsForTheNextTaskOnly) {
  const auto tasks = parse(
      "a\n"
      "#FARM task name=big timeout=2m retries=3 cwd=sub env.X=1 env.Y_2= tag='the tag'\n"
      "\n# in between\n"
      "b\nc\n");
  ASSERT_EQ(tasks.size(), 3U);
  EXPECT_EQ(tasks[0], plain_task("a"));
  EXPECT_EQ(tasks[1].name, "big");
  EXPECT_EQ(tasks[1].timeout, seconds(120));
  EXPECT_EQ(tasks[1].tries, 3U);
  EXPECT_EQ(tasks[1].cwd, "/launch/sub");
  EXPECT_THAT(tasks[1].env, ElementsAre(Pair("X", "1"), Pair("Y_2", "")));
  EXPECT_EQ(tasks[1].tag, "the tag");
  EXPECT_EQ(tasks[2], plain_task("c"));
}

TEST_F(LinesForm, SeveralTaskDirectivesAddUp) {
  const auto tasks = parse("#FARM task name=x timeout=1\n  #FARM\ttask\ttimeout=2   tag=t \na\n");
  EXPECT_EQ(tasks.at(0).name, "x");
  EXPECT_EQ(tasks.at(0).timeout, seconds(2));
  EXPECT_EQ(tasks.at(0).tag, "t");
}

TEST_F(LinesForm, ADefaultHoldsFromThereOnAndATaskOverridesIt) {
  const auto tasks = parse(
      "a\n"
      "#FARM default timeout=1 env.X=1 tag=d\n"
      "b\n"
      "#FARM task env.X=2 tag=\"\"\n"
      "#FARM default timeout=5 env.Y=3\n"
      "c\n"
      "d\n");
  ASSERT_EQ(tasks.size(), 4U);
  EXPECT_EQ(tasks[0].timeout, std::nullopt);
  EXPECT_EQ(tasks[1].timeout, seconds(1));
  EXPECT_EQ(tasks[2].timeout, seconds(5));
  EXPECT_THAT(tasks[2].env, ElementsAre(Pair("X", "2"), Pair("Y", "3")));
  EXPECT_EQ(tasks[2].tag, "");
  EXPECT_THAT(tasks[3].env, ElementsAre(Pair("X", "1"), Pair("Y", "3")));
  EXPECT_EQ(tasks[3].tag, "d");
}

TEST_F(LinesForm, ABarrierIsBeforeTheNextTask) {
  const auto tasks = parse("#FARM barrier\na\n#FARM barrier\n\n#FARM barrier\nb\nc\n#FARM barrier\n");
  ASSERT_EQ(tasks.size(), 3U);
  EXPECT_FALSE(tasks[0].after_barrier) << "there is nothing to wait for";
  EXPECT_TRUE(tasks[1].after_barrier);
  EXPECT_FALSE(tasks[2].after_barrier);
}

TEST_F(LinesForm, ValuesMayBeQuoted) {
  const auto task =
      parse("#FARM task env.A='a \"b\"' env.B=\"it's\" env.C=x'y z'\"'\" env.D='' env.E=a=b\\n\nx\n").at(0);
  EXPECT_THAT(task.env, ElementsAre(Pair("A", "a \"b\""), Pair("B", "it's"), Pair("C", "xy z'"), Pair("D", ""),
                                    Pair("E", "a=b\\n")));
}

TEST_F(LinesForm, DirectoriesHaveOneSpelling) {
  const auto cwd = [&](const std::string& value) { return parse("#FARM task cwd=" + value + "\nx\n").at(0).cwd; };
  EXPECT_EQ(cwd("."), "/launch");
  EXPECT_EQ(cwd("./a//b/"), "/launch/a/b");
  EXPECT_EQ(cwd("/abs/./x"), "/abs/x");
  EXPECT_EQ(cwd("/"), "/");
  EXPECT_EQ(cwd("link/../b"), "/launch/link/../b");
  EXPECT_EQ(cwd("'with space'"), "/launch/with space");
}

TEST_F(LinesForm, ZeroIsAValue) {
  const auto task = parse("#FARM task timeout=0 retries=0\nx\n").at(0);
  EXPECT_EQ(task.timeout, seconds(0));
  EXPECT_EQ(task.tries, 0U);
}

TEST_F(LinesForm, UnknownKeys) {
  EXPECT_EQ(complaints("a\n#FARM task timout=5\nb\n"),
            "jobs.txt:2:12: unknown key 'timout'; did you mean 'timeout'?\n"
            "  #FARM task timout=5\n"
            "             ^");
  EXPECT_EQ(complaints("#FARM default disk=2GiB\n"),
            "jobs.txt:1:15: unknown key 'disk'; there are name, after, cpus, mem, gpus, tokens, timeout, retries, "
            "retry_on, priority, cost, cwd, stdin, stdout, stderr, inputs, outputs, resident, tag and env.NAME\n"
            "  #FARM default disk=2GiB\n"
            "                ^");
}

TEST_F(LinesForm, UnknownDirectives) {
  EXPECT_THAT(complaints("#FARM defaults x=1\n"),
              HasSubstr("jobs.txt:1:7: unknown directive 'defaults'; did you mean 'default'?\n"));
  EXPECT_THAT(complaints("#FARM frobnicate\n"),
              HasSubstr("jobs.txt:1:7: unknown directive 'frobnicate'; there are default, task, barrier\n"));
  EXPECT_THAT(complaints("#FARM\n"), HasSubstr("jobs.txt:1:6: '#FARM' needs a directive: default, task, barrier\n"));
  EXPECT_THAT(complaints("#FARM  \r\n"), HasSubstr("'#FARM' needs a directive: default, task, barrier\n"));
}

TEST_F(LinesForm, BadValues) {
  EXPECT_EQ(complaints("#FARM default timeout='5 parsecs'\n"),
            "jobs.txt:1:23: '5 parsecs' is not a duration; write for example 90, 250ms, 10m or 1.5h\n"
            "  #FARM default timeout='5 parsecs'\n"
            "                        ^");
  EXPECT_THAT(complaints("#FARM default retries=4294967296\n"),
              HasSubstr("1:23: '4294967296' is not a number of tries; write a whole number, 0 for no limit\n"));
  EXPECT_THAT(complaints("#FARM default cwd=\n"), HasSubstr("jobs.txt:1:19: a directory must not be empty\n"));
  EXPECT_THAT(complaints("#FARM default env.1X=2\n"),
              HasSubstr("jobs.txt:1:15: '1X' is not a name for an environment variable\n"));
  EXPECT_THAT(complaints("#FARM default env.=2\n"), HasSubstr("'' is not a name for an environment variable\n"));
  EXPECT_THAT(complaints("#FARM task name=''\nx\n"), HasSubstr("jobs.txt:1:17: a name must not be empty\n"));
  EXPECT_THAT(complaints("#FARM task name=\xFF\nx\n"),
              HasSubstr("a name must be UTF-8 text without control characters\n"));
}

TEST_F(LinesForm, BadWords) {
  EXPECT_THAT(complaints("#FARM task big\nx\n"), HasSubstr("jobs.txt:1:12: expected key=value, found 'big'\n"));
  EXPECT_THAT(complaints("#FARM task =big\nx\n"), HasSubstr("jobs.txt:1:12: expected key=value, found '=big'\n"));
  EXPECT_EQ(complaints("#FARM task tag=it's\nx\n"),
            "jobs.txt:1:18: this quote is never closed\n"
            "  #FARM task tag=it's\n"
            "                   ^");
  EXPECT_THAT(complaints("a\n#FARM barrier x=1\nb\n"), HasSubstr("jobs.txt:2:15: a barrier takes no keys\n"));
}

TEST_F(LinesForm, Names) {
  EXPECT_THAT(complaints("#FARM default name=x\n"),
              HasSubstr("jobs.txt:1:15: a name belongs to one task; write it into a '#FARM task' line\n"));
  EXPECT_EQ(complaints("#FARM task name=x\na\n#FARM task name=y\nb\n#FARM task name=x\nc\n"),
            "jobs.txt:5:17: the name 'x' is taken by the task of line 1\n"
            "  #FARM task name=x\n"
            "                  ^");
}

TEST_F(LinesForm, ATaskDirectiveWithoutATask) {
  EXPECT_EQ(complaints("a\n#FARM task tag=t\n# the end\n"),
            "jobs.txt:2:7: no task follows, and this holds for the next one only\n"
            "  #FARM task tag=t\n"
            "        ^");
}

TEST_F(LinesForm, ANulByte) {
  EXPECT_EQ(complaints(std::string_view("a\nb\0c\n", 6)),
            "jobs.txt:2:2: a NUL byte, which no command can contain\n"
            "  b\\x00c\n"
            "   ^");
}

TEST_F(LinesForm, TheLongestLine) {
  const std::string longest(131'071, 'x');
  EXPECT_THAT(commands(longest + "\n" + longest + "\r\n" + longest), ElementsAre(longest, longest, longest));
  EXPECT_EQ(complaints("a\n" + longest + "x\nb\n"),
            "jobs.txt:2:1: this line is longer than 131,071 bytes, the most the system takes as one command; "
            "put it into a script\n  " +
                std::string(50, 'x') + "...\n  ^");
  EXPECT_THAT(complaints("#" + std::string(5'000'000, 'x') + "\n#FARM x"),
              testing::AllOf(HasSubstr("jobs.txt:1:1: this line is longer"), HasSubstr("jobs.txt:2:7: unknown")));
}

TEST_F(LinesForm, AllComplaintsComeTogether) {
  EXPECT_EQ(complaints("#FARM task x=1 timeout=no\n#FARM nothing\n"),
            "jobs.txt:1:12: unknown key 'x'; there are name, after, cpus, mem, gpus, tokens, timeout, retries, "
            "retry_on, priority, cost, cwd, stdin, stdout, stderr, inputs, outputs, resident, tag and env.NAME\n"
            "  #FARM task x=1 timeout=no\n"
            "             ^\n"
            "jobs.txt:1:24: 'no' is not a duration; write for example 90, 250ms, 10m or 1.5h\n"
            "  #FARM task x=1 timeout=no\n"
            "                         ^\n"
            "jobs.txt:2:7: unknown directive 'nothing'; there are default, task, barrier\n"
            "  #FARM nothing\n"
            "        ^");
  std::string many;
  for (int i = 0; i < 27; ++i) many += "#FARM nothing\n";
  EXPECT_THAT(complaints(many), testing::EndsWith("\n... and 7 more"));
}

}  // namespace
}  // namespace farm
