#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/unique_fd.hpp"
#include "manifest/lines_file.hpp"
#include "manifest/open_source.hpp"
#include "source_reading.hpp"
#include "support/temp_dir.hpp"

namespace farm {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

class JsonLines : public testing::Test {
 protected:
  std::vector<TaskSpec> parse(std::string_view text) {
    const auto source = open_source(dir_.write("tasks.jsonl", text), "/launch");
    std::vector<TaskSpec> tasks = read_all(*source);
    EXPECT_EQ(source->total(), tasks.size());
    return tasks;
  }

  std::string complaints(std::string_view text) {
    const std::string path = dir_.write("tasks.jsonl", text);
    return without(dir_ / "", error_of([&] { open_source(path, "/launch"); }, Error::Kind::usage));
  }

  TempDir dir_;
};

TEST_F(JsonLines, WhatIsNestedForEverIsRefused) {
  EXPECT_THAT(complaints("{\"command\":" + std::string(1000, '[') + std::string(1000, ']') + "}\n"),
              HasSubstr("tasks.jsonl:1:"));
}

TEST_F(JsonLines, OneTaskPerLine) {
  EXPECT_THAT(commands_of(parse("{\"command\":\"a\"}\n\n \t\r\n { \"command\" : \"b c\" } \r\n{\"command\":\"d\"}")),
              ElementsAre("a", "b c", "d"));
  EXPECT_THAT(parse(""), IsEmpty());
  EXPECT_THAT(commands_of(parse("\xEF\xBB\xBF{\"command\":\"a\"}\n")), ElementsAre("a"));
}

TEST_F(JsonLines, AnArrayIsAnArgumentVector) {
  const auto tasks = parse(R"({"command":["sim", "--x=a b", "", 1.50, -3]})");
  EXPECT_EQ(tasks.at(0).command, "sim '--x=a b' '' 1.50 -3") << "what is shown of it";
  EXPECT_THAT(tasks.at(0).argv, ElementsAre("sim", "--x=a b", "", "1.50", "-3"));
}

TEST_F(JsonLines, HasAllKeysOfATask) {
  const auto tasks = parse(
      R"({"command":"a","name":"n\u00e4","cwd":"sub","env":{"A":"x y","B":2,"C":true},"tag":"t","timeout":"10m","retries":3})"
      "\n"
      R"({"command":"a","timeout":600,"retries":"0"})");
  EXPECT_EQ(tasks.at(0).name, "n\xC3\xA4");
  EXPECT_EQ(tasks.at(0).cwd, "/launch/sub");
  EXPECT_THAT(tasks.at(0).env, ElementsAre(Pair("A", "x y"), Pair("B", "2"), Pair("C", "true")));
  EXPECT_EQ(tasks.at(0).tag, "t");
  EXPECT_EQ(tasks.at(0).timeout, seconds(600));
  EXPECT_EQ(tasks.at(0).tries, 3U);
  EXPECT_EQ(tasks.at(1).timeout, seconds(600));
  EXPECT_EQ(tasks.at(1).tries, 0U);
}

TEST_F(JsonLines, TellsEverythingThatIsWrongWithItsPlace) {
  EXPECT_EQ(complaints("{\"command\":\"a\",\"tiemout\":3}\n"
                       "{\"command\":\"a\",\"timeout\":\"soon\"}\n"
                       "{\"name\":\"x\"}\n"),
            "tasks.jsonl:1:16: unknown key 'tiemout'; did you mean 'timeout'?\n"
            "  {\"command\":\"a\",\"tiemout\":3}\n"
            "                 ^\n"
            "tasks.jsonl:2:26: 'soon' is not a duration; write for example 90, 250ms, 10m or 1.5h\n"
            "  {\"command\":\"a\",\"timeout\":\"soon\"}\n"
            "                           ^\n"
            "tasks.jsonl:3:1: this task has no command\n"
            "  {\"name\":\"x\"}\n"
            "  ^");
}

TEST_F(JsonLines, ComplainsAboutKindsOfValues) {
  EXPECT_THAT(complaints(R"({"command":3})"),
              HasSubstr(":1:12: 'command' must be a string (a shell line) or an array"));
  EXPECT_THAT(complaints(R"({"command":["a",{}]})"),
              HasSubstr(":1:17: 'command' must be an array of strings and numbers, not a table"));
  EXPECT_THAT(complaints(R"({"command":"a","name":3})"), HasSubstr("'name' must be a string, not a whole number"));
  EXPECT_THAT(complaints(R"({"command":"a","timeout":true})"),
              HasSubstr("'timeout' must be a number or a string, not true or false"));
  EXPECT_THAT(complaints(R"({"command":"a","env":["A"]})"), HasSubstr("'env' must be a table of variables"));
  EXPECT_THAT(complaints(R"({"command":"a","env":{"A":null}})"), HasSubstr("'env.A' must be a string, a number"));
  EXPECT_THAT(complaints(R"({"command":"a","env":{"A B":"x"}})"),
              HasSubstr(":1:23: 'A B' is not a name for an environment variable"));
  EXPECT_THAT(complaints(R"({"command":"a","env.A":"x"})"), HasSubstr("unknown key 'env.A'; did you mean 'env'?"));
  EXPECT_THAT(
      complaints(R"({"command":"a","weight":1})"),
      HasSubstr("unknown key 'weight'; there are command, name, after, cpus, mem, gpus, tokens, timeout, "
                "retries, retry_on, priority, cost, cwd, stdin, stdout, stderr, inputs, outputs, resident, tag, env"));
}

TEST_F(JsonLines, ComplainsAboutCommandsThatCannotRun) {
  EXPECT_THAT(complaints(R"({"command":" "})"), HasSubstr("a command must not be empty"));
  EXPECT_THAT(complaints(R"({"command":[]})"), HasSubstr("a command must not be empty"));
  EXPECT_THAT(complaints(R"({"command":["", "a"]})"), HasSubstr("the name of the program must not be empty"));
  EXPECT_THAT(complaints(R"({"command":"a\u0000b"})"), HasSubstr(":1:12: a NUL byte, which no command can contain"));
  const std::string argument(131'072, 'x');
  EXPECT_THAT(complaints("{\"command\":\"" + argument + "\"}"),
              HasSubstr("this command has 131,072 bytes; the system takes 131,071 at most"));
  EXPECT_THAT(complaints(R"({"command":["a",")" + argument + "\"]}"), HasSubstr("an argument has 131,072 bytes"));
  EXPECT_EQ(parse(R"({"command":["a",")" + argument.substr(1) + "\"]}").size(), 1U);
}

TEST_F(JsonLines, WhatIsNoJsonIsToldWithItsPlace) {
  EXPECT_THAT(complaints("echo hello\n"), HasSubstr("tasks.jsonl:1:1: this is not JSON"));
  EXPECT_THAT(complaints(R"({"command":"a"} x)"), HasSubstr("tasks.jsonl:1:17: this is not JSON"));
  EXPECT_THAT(complaints(R"({"command":"a", "name":x})"), HasSubstr("tasks.jsonl:1:24: this is not JSON"));
  EXPECT_THAT(complaints(R"({"command":"a)"), HasSubstr("this is not JSON"));
  EXPECT_THAT(complaints(R"({"command":"a","timeout":01})"), HasSubstr("this is not JSON"));
  EXPECT_THAT(complaints(R"(["a"])"), HasSubstr("a task is an object"));
  EXPECT_THAT(complaints(R"("a")"), HasSubstr("a task is an object"));
  EXPECT_THAT(complaints("{\"command\":\"\xFF\"}"), HasSubstr("this is not JSON"));
  EXPECT_THAT(complaints(R"({"command":"a","command":"b"})"), HasSubstr(":1:16: 'command' is given twice"));
  EXPECT_THAT(complaints(std::string(5 << 20, ' ') + "{}"), HasSubstr("this line is longer than 4,194,304 bytes"));
}

TEST_F(JsonLines, NamesAreUnique) {
  EXPECT_THAT(complaints("{\"command\":\"a\",\"name\":\"x\"}\n\n{\"command\":\"b\",\"name\":\"x\"}\n"),
              HasSubstr("tasks.jsonl:3:23: the name 'x' is taken by the task of line 1"));
}

TEST_F(JsonLines, CanBeReadAgain) {
  const auto source = open_source(dir_.write("tasks.jsonl", "{\"command\":\"a\"}\n{\"command\":\"b\"}\n"), "/launch");
  EXPECT_EQ(read_all(*source).size(), 2U);
  source->rewind();
  EXPECT_THAT(commands_of(read_all(*source)), ElementsAre("a", "b"));
}

TEST_F(JsonLines, AFifoIsAStreamOfTasks) {
  const std::string path = dir_ / "fifo.jsonl";
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  const auto source = open_source(path, "/launch");
  TaskSpec task;
  {
    const UniqueFd writer(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    EXPECT_EQ(source->next(task), TaskSource::Next::later);
    const std::string line = "{\"command\":\"a\"}\n{";
    ASSERT_EQ(::write(writer.get(), line.data(), line.size()), static_cast<ssize_t>(line.size()));
    ASSERT_EQ(source->next(task), TaskSource::Next::task);
    EXPECT_EQ(task.command, "a");
    EXPECT_EQ(source->next(task), TaskSource::Next::later);
  }
  EXPECT_THAT(error_of([&] { source->next(task); }, Error::Kind::fatal), HasSubstr("fifo.jsonl:2:"));
}

}  // namespace
}  // namespace farm
