#include "manifest/read_manifest.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "source_reading.hpp"
#include "support/temp_dir.hpp"

namespace farm {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

class ReadManifest : public testing::Test {
 protected:
  // The first line of each complaint.
  std::vector<std::string> complaints(const std::string& file, std::string_view text) {
    const std::string path = dir_.write(file, text);
    const Supply supply{.tokens = {{{"db", 1}}}, .node = Needs{.cpus = 4, .memory = 1'000'000'000, .gpus = 0}};
    std::istringstream said(
        without(dir_ / "", error_of([&] { read_manifest(path, "/launch", supply); }, Error::Kind::usage)));
    std::vector<std::string> found;
    for (std::string line; std::getline(said, line);) {
      if (line.starts_with(file)) found.push_back(line);
    }
    return found;
  }
  TempDir dir_;
};

TEST_F(ReadManifest, AllKindsOfMistakesAtOnce) {
  EXPECT_THAT(complaints("jobs.txt",
                         "#FARM default priorty=1\n"
                         "#FARM task name=one\na\n#FARM task name=one\nb\n"
                         "#FARM task name=x after=y\nc\n#FARM task name=y after=x\nd\n"
                         "#FARM task tokens=licence=1\ne\n"
                         "#FARM task timeout=3y after=nobody\nf\n"),
              ElementsAre(StartsWith("jobs.txt:1:15: unknown key 'priorty'"),
                          StartsWith("jobs.txt:4:17: the name 'one' is taken"),
                          StartsWith("jobs.txt:6:25: these wait for one another: x -> y -> x"),
                          StartsWith("jobs.txt:10:19: there is no token 'licence'"),
                          StartsWith("jobs.txt:12:20: '3y' is not a duration"),
                          StartsWith("jobs.txt:12:29: no task is called 'nobody'")));
}

TEST_F(ReadManifest, InTomlToo) {
  EXPECT_THAT(
      complaints("jobs.toml",
                 "[defaults]\npriorty = 1\n"
                 "[[task]]\nname = 'one'\ncommand = 'a'\n[[task]]\nname = 'one'\ncommand = 'b'\n"
                 "[[task]]\nname = 'x'\nafter = 'y'\ncommand = 'c'\n[[task]]\nname = 'y'\nafter = 'x'\ncommand = 'd'\n"
                 "[[task]]\ncommand = 'e'\ntokens = { licence = 1 }\n"
                 "[[sweep]]\ncommand = 'f {n}'\nname = 's-{n}'\ntimeout = '3y'\nparameters = { n = [1, 2] }\n"
                 "[[task]]\ncommand = 'g'\nafter = ['s-*', 'nobody']\n"),
      ElementsAre(StartsWith("jobs.toml:2:1: unknown key 'priorty'"),
                  StartsWith("jobs.toml:6:1: the name 'one' is taken"),
                  StartsWith("jobs.toml:11:9: these wait for one another: x -> y -> x"),
                  StartsWith("jobs.toml:19:10: there is no token 'licence'"),
                  StartsWith("jobs.toml:23:11: '3y' is not a duration"),
                  StartsWith("jobs.toml:27:17: no task is called 'nobody'")));
}

TEST_F(ReadManifest, InJsonLinesToo) {
  EXPECT_THAT(complaints("jobs.jsonl", R"({"command": "a", "priorty": 1}
{"command": "b", "name": "one"}
{"command": "c", "name": "one"}
{"command": "d", "name": "x", "after": "y"}
{"command": "e", "name": "y", "after": "x"}
{"command": "f", "tokens": {"licence": 1}}
{"command": "g", "after": "nobody", "timeout": "3y"}
)"),
              ElementsAre(StartsWith("jobs.jsonl:1:18: unknown key 'priorty'"),
                          StartsWith("jobs.jsonl:3:26: the name 'one' is taken"),
                          StartsWith("jobs.jsonl:4:40: these wait for one another: x -> y -> x"),
                          StartsWith("jobs.jsonl:6:28: there is no token 'licence'"),
                          StartsWith("jobs.jsonl:7:27: no task is called 'nobody'"),
                          StartsWith("jobs.jsonl:7:48: '3y' is not a duration")));
}

TEST_F(ReadManifest, WhatTheOnlyNodeHasNotGotIsToldWithOtherMistakes) {
  constexpr std::string_view wide = "#FARM default cpus=5 mem=2G\na\nb\n#FARM task gpus=1 cpus=4\nc\n";
  EXPECT_THAT(complaints("jobs.txt", std::string(wide) + "#FARM task priorty=1\nd\n"),
              ElementsAre(HasSubstr("jobs.txt:1:20: this task needs 5 cpus, and this node has 4 cpus, 953.7 MiB"),
                          HasSubstr("jobs.txt:1:26: this task needs 2.0 GiB of memory"),
                          HasSubstr("jobs.txt:4:17: this task needs 1 gpu"), HasSubstr("jobs.txt:6:12: unknown key")));
  const std::string path = dir_.write("jobs.txt", wide);
  const Manifest manifest = read_manifest(path, "/launch", {.tokens = {}, .node = Needs{.cpus = 1}});
  EXPECT_EQ(read_all(*manifest.source).size(), 3U) << "alone it is the scheduler's to say";
}

// Those would only be consequences.
TEST_F(ReadManifest, NobodyIsMissedWhereNamesCouldNotBeRead) {
  EXPECT_THAT(complaints("jobs.txt", "#FARM tsak name=one\na\n#FARM task after=one\nb\n"),
              ElementsAre(HasSubstr("unknown directive 'tsak'")));
  EXPECT_THAT(
      complaints("jobs.jsonl", "{\"command\": \"a\", \"name\": \"one\"\n{\"command\": \"b\", \"after\": \"one\"}\n"),
      ElementsAre(HasSubstr("this is not JSON")));
  EXPECT_THAT(complaints("jobs.toml",
                         "[[sweep]]\ncommand = 'a {n}'\nname = 's-{m}'\nparameters = { n = [1, 2] }\n"
                         "[[task]]\ncommand = 'b'\nafter = 's-*'\n"),
              ElementsAre(HasSubstr("jobs.toml:3:")));
  EXPECT_THAT(complaints("jobs.toml",
                         "[[sweep]]\ncommand = 'a'\nname = '{n}'\nparameters = { n = ['x', ''] }\n"
                         "[[task]]\ncommand = 'b'\nafter = 'y'\n"),
              ElementsAre(HasSubstr("a name must not be empty")));
}

TEST_F(ReadManifest, AGoodOneStandsAtItsFirstTask) {
  const std::string path = dir_.write("jobs.txt", "#FARM task name=a tokens=db=1\na\n#FARM task after=a\nb\n");
  const Manifest manifest = read_manifest(path, "/launch", {.tokens = {{{"db", 1}}}, .node = std::nullopt});
  EXPECT_EQ(read_all(*manifest.source).size(), 2U);
  EXPECT_EQ(manifest.graph.nodes(), 2U);
}

}  // namespace
}  // namespace farm
