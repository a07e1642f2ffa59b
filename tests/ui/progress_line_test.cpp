#include "ui/progress_line.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace farm {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

// Thursday, 1 January 1970, 23:04 in a zone two hours east.
constexpr LocalTime evening{.wall = 21h + 4min, .utc_offset = 2h};

RunSnapshot busy_run() {
  RunSnapshot run;
  run.total = 1'000'000;
  run.known = 1'000'000;
  run.succeeded = 512'001;
  run.failed = 12;
  run.retried = 332;
  run.running = 4096;
  run.slots = 4096;
  run.workers = 64;
  run.busy = 97s;
  run.slot_time = 100s;
  run.tasks_per_second = 812.4;
  run.remaining = 10min + 12s;
  return run;
}

std::string wide(const RunSnapshot& run) { return progress_bar(run, evening, 200, false); }

TEST(ProgressBar, SaysEverythingWhereThereIsRoom) {
  EXPECT_EQ(wide(busy_run()),
            "[#####-----] 512,013/1,000,000 51% | run 4,096 | ok 512,001 fail 12 retry 332 | 812/s | busy 97% | "
            "ETA 10m12s (23:14)");
}

TEST(ProgressBar, DropsWhatMattersLeastWhenItIsNarrow) {
  const RunSnapshot run = busy_run();
  const auto fitted = [&](std::size_t width) { return progress_bar(run, evening, width, false); };
  for (std::size_t width = 1; width < 130; ++width) EXPECT_LE(fitted(width).size(), width);
  EXPECT_THAT(fitted(110), Not(HasSubstr("busy")));
  EXPECT_EQ(fitted(79), "[#####-----] 512,013/1,000,000 51% | ok 512,001 fail 12 | ETA 10m12s (23:14)");
  EXPECT_EQ(fitted(50), "512,013/1,000,000 51% | ETA 10m12s (23:14)");
  EXPECT_EQ(fitted(17), "512,013/1,000,000");
  EXPECT_EQ(fitted(7), "512,013");
  EXPECT_EQ(fitted(0), "");
}

TEST(ProgressBar, ColorsTakeNoColumn) {
  const std::string line = progress_bar(busy_run(), evening, 200, true);
  EXPECT_THAT(line, HasSubstr("\x1b[31mfail 12\x1b[0m"));
  EXPECT_THAT(progress_bar(busy_run(), evening, 79, true), HasSubstr("ETA 10m12s (23:14)"));
  EXPECT_THAT(wide(busy_run()), Not(HasSubstr("\x1b")));
}

TEST(ProgressBar, HasNoBarWhileTheTotalIsUnknown) {
  RunSnapshot run;
  run.known = 600'000;
  run.succeeded = 512;
  run.running = 8;
  EXPECT_EQ(wide(run), "512/600,000+ | run 8 | ok 512");
}

TEST(ProgressBar, CountsWhatWasKeptAsDone) {
  RunSnapshot run;
  run.total = 100;
  run.kept = 60;
  run.succeeded = 20;
  EXPECT_EQ(wide(run), "[########--] 80/100 80% | run 0 | kept 60 ok 20");
}

TEST(ProgressBar, NeverRoundsUpToEverything) {
  RunSnapshot run;
  run.total = 1'000'000;
  run.succeeded = 999'999;
  EXPECT_THAT(wide(run), HasSubstr("[#########-] 999,999/1,000,000 99%"));
  run.succeeded = 1'000'000;
  EXPECT_THAT(wide(run), HasSubstr("[##########] 1,000,000/1,000,000 100%"));
}

TEST(ProgressBar, StandsAnEmptyRunAndStrangeNumbers) {
  RunSnapshot run;
  run.total = 0;
  EXPECT_EQ(wide(run), "0/0 | run 0");
  run.total = 1;
  run.succeeded = 2;
  run.busy = 3s;
  run.slot_time = 2s;
  EXPECT_EQ(wide(run), "[##########] 2/1 100% | run 0 | ok 2 | busy 100%");
}

TEST(ProgressBar, CountsSlowTasksByTheMinuteOrHour) {
  RunSnapshot run;
  const auto with_rate = [&](double per_second) {
    run.tasks_per_second = per_second;
    return wide(run);
  };
  EXPECT_THAT(with_rate(12'345.6), HasSubstr("| 12,346/s"));
  EXPECT_THAT(with_rate(8.25), HasSubstr("| 8.2/s"));
  EXPECT_THAT(with_rate(0.05), HasSubstr("| 3.0/min"));
  EXPECT_THAT(with_rate(0.0005), HasSubstr("| 1.8/h"));
  EXPECT_THAT(with_rate(0), Not(HasSubstr("/s")));
}

TEST(ProgressBar, NamesTheDayWhenTheEndIsOnAnother) {
  RunSnapshot run;
  run.remaining = 1h;
  EXPECT_THAT(wide(run), HasSubstr("ETA 1h00m (Fri 00:04)"));
  run.remaining = 24h * 6;
  EXPECT_THAT(wide(run), HasSubstr("(Wed 23:04)"));
  run.remaining = 24h * 9;
  EXPECT_THAT(wide(run), HasSubstr("ETA 9d00h"));
  EXPECT_THAT(wide(run), Not(HasSubstr("(")));
}

TEST(ProgressBar, SaysWhatKeepsItFromGoingOn) {
  RunSnapshot run = busy_run();
  run.stopping = true;
  EXPECT_TRUE(wide(run).ends_with("| stopping"));
  run.trouble = "no space left on /scratch: waiting\x1b[2J";
  EXPECT_THAT(wide(run), HasSubstr("| no space left on /scratch: waiting"));
  EXPECT_THAT(wide(run), Not(HasSubstr("\x1b")));
}

TEST(ProgressBar, CountsCharactersNotBytes) {
  RunSnapshot run;
  run.total = 2;
  run.trouble = "\xc3\xa4\xc3\xb6\xc3\xbc";
  EXPECT_EQ(progress_bar(run, evening, 11, false), "0/2 | \xc3\xa4\xc3\xb6\xc3\xbc");
}

TEST(ProgressText, IsTheLineWithoutTheBar) {
  EXPECT_EQ(progress_text(busy_run(), evening),
            "512,013/1,000,000 51% | run 4,096 | ok 512,001 fail 12 retry 332 | 812/s | busy 97% | ETA 10m12s (23:14)");
}

TEST(ProgressJson, IsOneLineWithEverything) {
  RunSnapshot run = busy_run();
  run.elapsed = 90s;
  const std::string line = progress_json(run, 1'700'000'000s);
  EXPECT_THAT(line, Not(HasSubstr("\n")));
  const auto object = nlohmann::json::parse(line);
  EXPECT_EQ(object.at("time"), 1.7e9);
  EXPECT_EQ(object.at("elapsed"), 90);
  EXPECT_EQ(object.at("total"), 1'000'000);
  EXPECT_EQ(object.at("succeeded"), 512'001);
  EXPECT_EQ(object.at("failed"), 12);
  EXPECT_EQ(object.at("retried"), 332);
  EXPECT_EQ(object.at("running"), 4096);
  EXPECT_EQ(object.at("busy_seconds"), 97);
  EXPECT_EQ(object.at("remaining"), 612);
  EXPECT_EQ(object.at("stopping"), false);
}

TEST(ProgressJson, SaysNullForTheUnknownAndStandsAnyBytes) {
  RunSnapshot run;
  run.trouble = "\xff\n\"";
  const auto object = nlohmann::json::parse(progress_json(run, 0s));
  EXPECT_TRUE(object.at("total").is_null());
  EXPECT_TRUE(object.at("remaining").is_null());
  EXPECT_EQ(object.at("trouble"), "\xef\xbf\xbd\n\"");
}

}  // namespace
}  // namespace farm
