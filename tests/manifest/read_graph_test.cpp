#include "manifest/read_graph.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/unique_fd.hpp"
#include "manifest/open_source.hpp"
#include "source_reading.hpp"
#include "support/temp_dir.hpp"

namespace farm {
namespace {

using testing::HasSubstr;

class ReadGraph : public testing::Test {
 protected:
  TaskGraph graph(const std::string& file, std::string_view text) {
    const auto source = open_source(dir_.write(file, text), "/launch");
    Complaints none;
    TaskGraph found = read_graph(*source, "/launch", none);
    EXPECT_TRUE(none.empty());
    EXPECT_EQ(read_all(*source).size(), source->total()) << "it stands at its first task again";
    return found;
  }
  std::string complaints(const std::string& file, std::string_view text, const GraphLimits& limits = {}) {
    const auto source = open_source(dir_.write(file, text), "/launch");
    return without(dir_ / "", error_of(
                                  [&] {
                                    Complaints complaints;
                                    read_graph(*source, "/launch", complaints, limits);
                                    complaints.raise_if_any(Error::Kind::usage);
                                  },
                                  Error::Kind::usage));
  }

  TempDir dir_;
};

constexpr std::string_view diamond = R"(
[[task]]
name = "start"
command = "a"
outputs = ["start.dat"]
[[sweep]]
name = "side-{s}"
command = "b"
inputs = ["start.dat"]
[sweep.parameters]
s = ["left", "right"]
[[task]]
command = "c"
after = ["side-*"]
)";

TEST_F(ReadGraph, IsTheSameInEveryForm) {
  for (const TaskGraph& found :
       {graph("flow.toml", diamond),
        graph(
            "jobs.txt",
            "#FARM task name=start outputs=start.dat\na\n#FARM default stdin=start.dat\n#FARM task name=side-left\nb\n"
            "#FARM task name=side-right\nb\n#FARM task after=side-* stdin=/dev/null\nc\n"),
        graph("tasks.jsonl", R"({"command":"a","outputs":["start.dat"]})"
                             "\n"
                             R"({"command":"b","name":"side-l","inputs":["start.dat"]})"
                             "\n"
                             R"({"command":"b","name":"side-r","inputs":["./start.dat"]})"
                             "\n"
                             R"({"command":"c","after":["side-*"]})"
                             "\n")}) {
    ASSERT_EQ(found.nodes(), 4U);
    EXPECT_EQ(found.successors(0).size(), 2U);
    EXPECT_EQ(found.predecessors(3), 2U);
    EXPECT_DOUBLE_EQ(found.level(0), 3);
  }
}

TEST_F(ReadGraph, IsEmptyWhereNobodyWaits) {
  EXPECT_TRUE(graph("jobs.txt", "a\n#FARM task name=x\nb\n").empty());
  EXPECT_TRUE(graph("jobs.txt", "#FARM task outputs=x\na\n#FARM task inputs=y\nb\n").empty());
}

TEST_F(ReadGraph, ComplainsWithPlacesInLines) {
  EXPECT_EQ(complaints("jobs.txt",
                       "#FARM default after='a, nobody' inputs=x\n#FARM task name=a after=c\n  one\n"
                       "#FARM task name=c outputs=x inputs=\ntwo\n#FARM task outputs='y x'\nthree\n"),
            "jobs.txt:1:25: no task is called 'nobody'\n"
            "  #FARM default after='a, nobody' inputs=x\n"
            "                          ^\n"
            "jobs.txt:1:40: this task makes 'x' itself: it cannot wait for it\n"
            "  #FARM default after='a, nobody' inputs=x\n"
            "                                         ^\n"
            "jobs.txt:2:25: these wait for one another: a -> c -> a\n"
            "  #FARM task name=a after=c\n"
            "                          ^\n"
            "jobs.txt:6:23: 'x' is made by c, too\n"
            "  #FARM task outputs='y x'\n"
            "                        ^");
}

TEST_F(ReadGraph, ComplainsWithPlacesInToml) {
  const std::string told = complaints("flow.toml", R"([defaults]
after = ["first"]
[[task]]
name = "first"
command = "a"
after = ["late*"]
[[sweep]]
command = "b"
name = "s{n}"
after = ["first", "nobody-{n}"]
stdout = "all.out"
parameters.n = [1, 2]
[[task]]
name = "late"
command = "c"
)");
  EXPECT_THAT(told, HasSubstr("flow.toml:6:10: these wait for one another: first -> late -> first\n"));
  EXPECT_THAT(told, HasSubstr("flow.toml:10:19: no task is called 'nobody-1'\n"));
  EXPECT_THAT(told, HasSubstr("flow.toml:10:19: no task is called 'nobody-2'\n"));
  EXPECT_THAT(told, HasSubstr("flow.toml:11:10: 'all.out' is made by s1, too\n"));
}

TEST_F(ReadGraph, TasksWithoutANameAreCalledByTheirLines) {
  EXPECT_THAT(complaints("tasks.jsonl",
                         "{\"command\":\"a\",\"inputs\":[\"x\"],\"outputs\":[\"y\"]}\n\n"
                         "{\"command\":\"b\",\"stdin\":\"y\",\"stdout\":\"x\"}\n"),
              HasSubstr("tasks.jsonl:1:26: these wait for one another: line 1 -> line 3 -> line 1\n"));
}

TEST_F(ReadGraph, ABarrierInTheWayIsFound) {
  EXPECT_THAT(complaints("jobs.txt", "#FARM task after=late\na\n#FARM barrier\n#FARM task name=late\nb\n"),
              HasSubstr("jobs.txt:1:18: this waits for late, and that, behind a barrier, for this\n"));
}

TEST_F(ReadGraph, TooManyTasksAreNotLookedThrough) {
  const std::string sweep = "[[sweep]]\ncommand='x'\nparameters.n={ range=[1, 9000000000] }\n";
  EXPECT_THAT(complaints("flow.toml", sweep + "[[task]]\ncommand='y'\nname='a'\n[[task]]\ncommand='z'\nafter='a'\n",
                         {.asking = 1000, .making = 1000}),
              HasSubstr("there are more than 1,000 of them"));
  const auto source = open_source(dir_.write("flow.toml", sweep + "[[task]]\ncommand='y'\nstdout='a'\n"), "/launch");
  Complaints none;
  EXPECT_TRUE(read_graph(*source, "/launch", none, {.asking = 1000, .making = 1000}).empty());
}

TEST_F(ReadGraph, AStreamHasNone) {
  const std::string fifo = dir_ / "list.fifo";
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  const auto source = open_source(fifo, "/launch");
  const UniqueFd writer(::open(fifo.c_str(), O_WRONLY | O_CLOEXEC));
  constexpr std::string_view text = "#FARM task name=a\none\n#FARM task after=a\ntwo\n";
  ASSERT_EQ(::write(writer.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
  TaskSpec task;
  ASSERT_EQ(source->next(task), TaskSource::Next::task);
  EXPECT_THAT(error_of([&] { source->next(task); }, Error::Kind::fatal),
              HasSubstr("list.fifo:3:18: a list that is run while it is read can have no 'after'; write it to a file"));
}

}  // namespace
}  // namespace farm
