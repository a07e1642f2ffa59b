#include "ui/summary.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace farm {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const std::vector<std::string> typed{"mpirun", "-np", "64", "farm", "my jobs.txt"};

RunSummary good_run() {
  RunSummary summary;
  summary.last.succeeded = 1000;
  summary.last.elapsed = 187s;
  summary.last.busy = 97s;
  summary.last.slot_time = 100s;
  summary.left = 0;
  summary.run_dir = "jobs.farm";
  return summary;
}

TEST(Summary, IsOneLineWhenAllWentWell) {
  EXPECT_EQ(format_summary(good_run(), typed, false),
            "farm: 1,000 tasks succeeded; 3m07s, 5.35 tasks/s, slots 97% busy\n");
}

TEST(Summary, TellsOldSuccessesFromNewOnes) {
  RunSummary summary = good_run();
  summary.last.succeeded = 1;
  summary.last.kept = 999;
  summary.last.retried = 2;
  summary.last.elapsed = 400ms;
  EXPECT_EQ(format_summary(summary, typed, false),
            "farm: 1 task succeeded, 999 had succeeded before, 2 tried again; 0.4 s, slots 97% busy\n");
}

TEST(Summary, TellsWhatWasUpToDate) {
  RunSummary summary = good_run();
  summary.last.up_to_date = 999;
  EXPECT_THAT(format_summary(summary, typed, false), HasSubstr("farm: 1 task succeeded, 999 up to date; "));
  summary.last.up_to_date = 1000;
  EXPECT_THAT(format_summary(summary, typed, false), HasSubstr("farm: 1,000 tasks up to date; "));
}

TEST(Summary, SaysThatThereWasNothingToDo) {
  RunSummary summary;
  summary.left = 0;
  EXPECT_EQ(format_summary(summary, typed, false), "farm: nothing to do: the manifest has no tasks\n");
  summary.last.kept = 1;
  EXPECT_THAT(format_summary(summary, typed, false), HasSubstr("its one task had succeeded before (--fresh"));
  summary.last.kept = 1000;
  EXPECT_THAT(format_summary(summary, typed, false), HasSubstr("nothing to do: all 1,000 tasks had succeeded before"));
}

TEST(Summary, SaysWhatToDoAboutFailures) {
  RunSummary summary = good_run();
  summary.last.failed = 12;
  summary.status = 1;
  EXPECT_EQ(format_summary(summary, typed, false),
            "farm: 12 tasks failed, 1,000 succeeded; 3m07s, 5.41 tasks/s, slots 97% busy\n"
            "  what a task printed: farm output jobs.farm TASK\n"
            "  try the failed ones again: mpirun -np 64 farm 'my jobs.txt'\n");
}

TEST(Summary, SaysWhatStoppedItAndHowToCarryOn) {
  RunSummary summary = good_run();
  summary.left = 386;
  summary.stopped_by = "SIGINT";
  EXPECT_THAT(format_summary(summary, typed, false),
              AllOf(HasSubstr("farm: stopped by SIGINT: 1,000 tasks succeeded, 386 left; 3m07s"),
                    HasSubstr("  carry on: mpirun -np 64 farm 'my jobs.txt'\n")));
}

TEST(Summary, SaysWhenNobodyKnowsHowMuchIsLeft) {
  RunSummary summary = good_run();
  summary.left.reset();
  summary.stopped_by = "--halt now,fail=1";
  EXPECT_THAT(format_summary(summary, typed, false),
              AllOf(HasSubstr("stopped by --halt now,fail=1: "), HasSubstr("more left in what was not read")));
}

TEST(Summary, HasStoppedEvenBeforeTheFirstTask) {
  RunSummary summary;
  summary.left = 3;
  summary.stopped_by = "SIGTERM";
  EXPECT_THAT(format_summary(summary, typed, false), HasSubstr("stopped by SIGTERM: 3 tasks left; 0 s\n"));
}

TEST(Summary, NeverStartsOverToCarryOn) {
  RunSummary summary = good_run();
  summary.left = 1;
  EXPECT_THAT(format_summary(summary, {"farm", "--fresh", "a.txt"}, false), HasSubstr("carry on: farm a.txt\n"));
  EXPECT_THAT(format_summary(summary, {"farm", "-", "--run", "d"}, false),
              HasSubstr("carry on with the same input: farm - --run d\n"));
}

TEST(Summary, NamesNoCommandWhereNoneCarriesOn) {
  RunSummary summary = good_run();
  summary.last.failed = 1;
  summary.ephemeral = true;
  summary.run_dir = "/tmp/farm.x";
  const std::string text = format_summary(summary, typed, false);
  EXPECT_THAT(text, AllOf(HasSubstr("farm output /tmp/farm.x TASK"), Not(HasSubstr("mpirun"))));
  summary.ephemeral = false;
  EXPECT_THAT(format_summary(summary, {}, false), Not(HasSubstr("again:")));
}

TEST(Summary, NamesTheTrouble) {
  RunSummary summary = good_run();
  summary.last.trouble = "no space left on /scratch";
  EXPECT_THAT(format_summary(summary, typed, false), HasSubstr("  trouble: no space left on /scratch\n"));
}

TEST(Summary, ColorsOnlyWhenAsked) {
  RunSummary summary = good_run();
  EXPECT_THAT(format_summary(summary, typed, true), HasSubstr("\x1b[32m1,000 tasks succeeded"));
  summary.last.failed = 1;
  EXPECT_THAT(format_summary(summary, typed, true), HasSubstr("\x1b[31m1 task failed"));
  EXPECT_THAT(format_summary(summary, typed, false), Not(HasSubstr("\x1b")));
}

}  // namespace
}  // namespace farm
