#include "manifest/sweep_tasks.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "farm/error.hpp"
#include "support/temp_dir.hpp"

namespace farm {
namespace {

using testing::ElementsAre;

const std::vector<std::string_view> values{"a b", "7"};

TaskSpec make(const Sweep& sweep, SweepTasks::Wanted wanted = {}) {
  TaskSpec task;
  SweepTasks(sweep, wanted, "/launch", {}).make(task, {.values = values, .sequence = 3});
  return task;
}

TEST(SweepTasks, FillInWhateverHasReplacementStrings) {
  Sweep sweep;
  sweep.command = {"sim", "{1}"};
  sweep.tag = "{2}-{#}";
  sweep.directory = "run/{2}";
  sweep.results = "out/{2}/";
  const TaskSpec task = make(sweep, {.tags = true, .values = true});
  EXPECT_EQ(task.command, "sim 'a b'");
  EXPECT_EQ(task.tag, "7-3");
  EXPECT_EQ(task.cwd, "/launch/run/7");
  EXPECT_THAT(task.files, ElementsAre(FileContent{"/launch/run/7/", ""}));
  EXPECT_EQ(task.results, "out/7/");
  EXPECT_THAT(task.values, ElementsAre("a b", "7"));
}

TEST(SweepTasks, MakeOnlyWhatIsWanted) {
  Sweep sweep;
  sweep.command = {"sim"};
  const TaskSpec task = make(sweep);
  EXPECT_EQ(task.command, "sim 'a b' 7");
  EXPECT_EQ(task.tag, "");
  EXPECT_TRUE(task.values.empty());
  EXPECT_EQ(task.cwd, "");
}

TEST(SweepTasks, FilesHaveTheValuesAsTheyAre) {
  const TempDir dir;
  dir.write("deck", "t={2} of {1}\n");
  Sweep sweep;
  sweep.command = {"sim"};
  sweep.templates = {{dir / "deck", "{#}/deck"}};
  EXPECT_THAT(make(sweep).files, ElementsAre(FileContent{"3/deck", "t=7 of a b\n"}));
  sweep.templates = {{dir / "none", "x"}};
  EXPECT_THROW(make(sweep), Error);
}

class NamesFromValues : public testing::Test {
 protected:
  static std::string results(std::string pattern, std::string_view value, OutputNames names = OutputNames::stay) {
    Sweep sweep;
    sweep.command = {"sim"};
    sweep.results = std::move(pattern);
    const std::vector<std::string_view> one{value};
    TaskSpec task;
    SweepTasks(sweep, {.output_names = names}, "/launch", {}).make(task, {.values = one, .sequence = 3});
    return task.results;
  }
};

TEST_F(NamesFromValues, StayWhereTheTextBeforeThemLeads) {
  EXPECT_EQ(results("../out/{}/x", "a"), "../out/a/x");
  EXPECT_EQ(results("out/{}/x", "/etc"), "out//etc/x");
  EXPECT_EQ(results("{}/../x", "a"), "a/../x");
  EXPECT_EQ(results("out/", "../.."), "out/1/..\\_../");
}

TEST_F(NamesFromValues, OrAreRefusedUnlessThatIsAllowed) {
  for (const auto& [pattern, value] :
       {std::pair("out/{}/x", ".."), std::pair("{}.x", "/etc"), std::pair("{}", "../a"), std::pair("{%}/{}", "../../a"),
        std::pair("{= $_ = slot() . $_ =}", "/../../a")}) {
    EXPECT_THROW(results(pattern, value), Error) << pattern;
    EXPECT_NO_THROW(results(pattern, value, OutputNames::anywhere)) << pattern;
  }
}

TEST_F(NamesFromValues, AlsoThoseOfFilesThatAreMadeForATask) {
  const TempDir dir;
  dir.write("deck", "{}");
  Sweep sweep;
  sweep.command = {"sim"};
  sweep.templates = {{dir / "deck", "../{2}/deck"}};
  EXPECT_THAT(make(sweep).files, ElementsAre(FileContent{"../7/deck", "a b 7"}));
  sweep.templates = {{dir / "deck", "../{2}/../../deck"}};
  EXPECT_THROW(make(sweep), Error);
}

TEST(SweepTasks, AFilterLeavesOut) {
  Sweep sweep;
  sweep.command = {"sim"};
  sweep.filter = "{2} > 7";
  EXPECT_TRUE(make(sweep).skip);
  sweep.filter = "{2} > 6";
  EXPECT_FALSE(make(sweep).skip);
}

TEST(SweepTasks, EachMayHaveTriesOfItsOwn) {
  Sweep sweep;
  sweep.command = {"sim"};
  EXPECT_EQ(make(sweep).tries, std::nullopt);
  sweep.tries = "{2}";
  EXPECT_EQ(make(sweep).tries, 7U);
  sweep.tries = "{#}abc";
  EXPECT_EQ(make(sweep).tries, 3U);
  sweep.tries = "{= $_ = seq() * 2 =}";
  EXPECT_EQ(make(sweep).tries, 6U);
  for (const char* unlimited : {"{1}", "-{2}", "{2}.5", "{5}", "{2}00000000000"}) {
    sweep.tries = unlimited;
    EXPECT_EQ(make(sweep).tries, 0U) << unlimited;
  }
}

TEST(SweepTasks, TriesThatCannotBeMeantAreRefused) {
  Sweep sweep;
  sweep.command = {"sim"};
  sweep.tries = "many";
  EXPECT_THROW(make(sweep), Error);
  sweep.tries = "{%}";
  EXPECT_THROW(make(sweep), Error);
  sweep.tries = "{n}";
  sweep.header = true;
  TaskSpec task;
  SweepTasks(sweep, {}, "/launch", {});  // before the heading is read
  SweepTasks(sweep, {}, "/launch", {"x", "n"}).make(task, {.values = values});
  EXPECT_EQ(task.tries, 7U);
  EXPECT_THROW(SweepTasks(sweep, {}, "/launch", {"x", "y"}), Error);
}

TEST(SweepTasks, TheDataOfAPipeMayHaveAName) {
  Sweep sweep;
  sweep.command = {"wc", "-l"};
  sweep.pipe = PipeOptions();
  EXPECT_EQ(make(sweep).command, "wc -l");
  sweep.pipe->feed = PipeOptions::Feed::fifo;
  const TaskSpec task = make(sweep);
  EXPECT_EQ(task.command, "wc -l $PARALLEL_TMP");
  EXPECT_THAT(task.env, ElementsAre(std::pair<std::string, std::string>("PARALLEL_TMP", "fifo")));
}

TEST(SweepTasks, ALineThatNoKernelTakesIsRefused) {
  Sweep sweep;
  sweep.command = {std::string(131'072, 'x')};
  EXPECT_THROW(make(sweep), Error);
}

}  // namespace
}  // namespace farm
