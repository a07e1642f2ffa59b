#include "store/joblog.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <random>
#include <sstream>

#include "farm/error.hpp"
#include "store/joblog_reader.hpp"
#include "support/temp_dir.hpp"

namespace farm {
namespace {

using namespace std::chrono_literals;

Outcome outcome(Cause cause, std::int32_t code) {
  Outcome result;
  result.cause = cause;
  result.code = code;
  result.started = 1700000000123400us;
  result.usage.wall = 1500ms;
  return result;
}

JobEntry entry(std::uint64_t seq, Cause cause, std::int32_t code, std::string command) {
  return job_entry(TaskId{seq - 1}, ":", outcome(cause, code), 12, std::move(command));
}

class JoblogTest : public testing::Test {
 protected:
  std::string text() const {
    std::ifstream file(path_, std::ios::binary);
    std::ostringstream all;
    all << file.rdbuf();
    return all.str();
  }
  void write(std::string_view bytes) const { std::ofstream(path_, std::ios::binary) << bytes; }
  void log(Joblog::How how, const JobEntry& what) const {
    Joblog joblog(path_, how);
    joblog.add(what);
    joblog.flush();
    EXPECT_EQ(joblog.trouble(), "");
  }

  TempDir dir_;
  std::string path_ = dir_ / "log";
  std::string heading_{joblog_heading};
};

TEST_F(JoblogTest, ALineHasTheColumnsAndTheirWidths) {
  EXPECT_EQ(joblog_line(entry(7, Cause::exited, 3, "echo a\techo\nb")),
            std::string("7\t:\t1700000000.123\t     1.500\t0\t12\t3\t0\techo a\techo\0b\n", 53));
}

TEST_F(JoblogTest, HowItEndedIsAnExitValueAndASignal) {
  const auto ends = [](Cause cause, int code) {
    const JobEntry what = entry(1, cause, code, "");
    return std::pair(what.exit_value, what.signal);
  };
  EXPECT_EQ(ends(Cause::exited, 0), std::pair(0, 0));
  EXPECT_EQ(ends(Cause::signaled, 9), std::pair(0, 9));
  EXPECT_EQ(ends(Cause::timed_out, 15), std::pair(-1, 15));
  EXPECT_EQ(ends(Cause::not_started, ENOENT), std::pair(127, 0));
}

TEST_F(JoblogTest, ItIsOverwrittenAddedToOrCarriedOn) {
  const JobEntry one = entry(1, Cause::exited, 0, "one");
  write("old\n");
  log(Joblog::How::overwrite, one);
  EXPECT_EQ(text(), heading_ + joblog_line(one));
  log(Joblog::How::add, one);
  log(Joblog::How::carry_on, one);
  EXPECT_EQ(text(), heading_ + joblog_line(one) + joblog_line(one) + joblog_line(one));
  write("");
  log(Joblog::How::carry_on, one);
  EXPECT_EQ(text(), heading_ + joblog_line(one));
  write("");
  log(Joblog::How::add, one);
  EXPECT_EQ(text(), joblog_line(one));
}

TEST_F(JoblogTest, ALineThatWasCutOffIsNotThereAndDoesNotSpoilTheNext) {
  const JobEntry one = entry(1, Cause::exited, 0, "one");
  write(heading_ + joblog_line(one) + "2\t:\t17");
  const LoggedTasks tasks = read_joblog(path_);
  EXPECT_EQ(tasks.all.size(), 1U);
  log(Joblog::How::carry_on, one);
  EXPECT_EQ(text(), heading_ + joblog_line(one) + joblog_line(one));
  write(heading_ + "2\t:\t17");
  log(Joblog::How::add, one);
  EXPECT_EQ(text(), heading_ + "2\t:\t17\n" + joblog_line(one));
  EXPECT_EQ(read_joblog(path_).all.size(), 1U);
}

TEST_F(JoblogTest, AFullDiskIsWaitedForABrokenOneIsGivenUp) {
  class Broken final : public FileOps {
   public:
    ssize_t write(int fd, std::string_view bytes) override {
      if (error == 0) return FileOps::write(fd, bytes);
      errno = error;
      return -1;
    }
    int error = ENOSPC;
  } ops;
  Joblog joblog(path_, Joblog::How::overwrite, ops);
  const JobEntry one = entry(1, Cause::exited, 0, "one");
  joblog.add(one);
  EXPECT_NE(joblog.trouble().find("No space"), std::string::npos);
  ops.error = 0;
  joblog.flush();
  EXPECT_EQ(joblog.trouble(), "");
  EXPECT_EQ(text(), heading_ + joblog_line(one));
  ops.error = EIO;
  joblog.add(one);
  joblog.flush();
  EXPECT_NE(joblog.trouble().find("incomplete"), std::string::npos);
}

TEST_F(JoblogTest, TheLastLineOfATaskCounts) {
  write(heading_ + joblog_line(entry(1, Cause::exited, 1, "one")) + joblog_line(entry(1, Cause::exited, 0, "one")) +
        joblog_line(entry(4, Cause::timed_out, 15, "four\nlines\twith a tab")) +
        joblog_line(entry(3, Cause::exited, 0, "three")) + joblog_line(entry(3, Cause::signaled, 9, "three")));
  const LoggedTasks tasks = read_joblog(path_);
  EXPECT_EQ(tasks.count, 4U);
  EXPECT_EQ(tasks.all.size(), 3U);
  EXPECT_FALSE(tasks.all.contains(TaskId{1}));
  const std::map<TaskId, std::string> failed{{TaskId{2}, "three"}, {TaskId{3}, "four\nlines\twith a tab"}};
  EXPECT_EQ(tasks.failed, failed);
}

TEST_F(JoblogTest, WhereverItWasCutOffWhatIsWholeIsRead) {
  const std::string whole = heading_ + joblog_line(entry(1, Cause::exited, 0, "one")) +
                            joblog_line(entry(2, Cause::exited, 1, "two\nlines")) +
                            joblog_line(entry(3, Cause::signaled, 9, "three"));
  for (std::size_t length = 0; length <= whole.size(); ++length) {
    const std::string_view cut = std::string_view(whole).substr(0, length);
    write(cut);
    const auto lines = static_cast<std::uint64_t>(std::count(cut.begin(), cut.end(), '\n'));
    EXPECT_EQ(read_joblog(path_).count, lines == 0 ? 0 : lines - 1) << length;
    // The next run goes on behind it, and nothing of it is taken for another task.
    log(Joblog::How::add, entry(9, Cause::exited, 0, "nine"));
    const LoggedTasks tasks = read_joblog(path_);
    EXPECT_TRUE(tasks.all.contains(TaskId{8})) << length;
  }
}

TEST_F(JoblogTest, SmallChangesAreReadOrRefused) {
  const std::string whole = heading_ + joblog_line(entry(1, Cause::exited, 0, "one\twith\ttabs")) +
                            joblog_line(entry(20, Cause::timed_out, 15, "two\nlines"));
  std::mt19937 random(3);
  int refused = 0;
  for (int round = 0; round < 2000; ++round) {
    std::string changed = whole;
    for (auto changes = random() % 3 + 1; changes > 0; --changes) {
      changed[random() % changed.size()] = static_cast<char>(random());
    }
    write(changed);
    try {
      const LoggedTasks tasks = read_joblog(path_);
      for (const auto& [task, command] : tasks.failed) {
        EXPECT_TRUE(tasks.all.contains(task));
        EXPECT_LT(value(task), tasks.count);
      }
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), Error::Kind::usage);
      ++refused;
    }
  }
  EXPECT_GT(refused, 0);
  EXPECT_LT(refused, 2000);
}

TEST_F(JoblogTest, NumbersThatCannotBeAreNotBelieved) {
  for (const char* seq : {"0", "99999999999999", "-1", "1.5", ""}) {
    write(std::string(seq) + "\t:\t1\t1\t0\t0\t0\t0\tx\n");
    try {
      EXPECT_EQ(read_joblog(path_).all.size(), 0U) << seq;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), Error::Kind::usage);
    }
  }
}

TEST_F(JoblogTest, AnotherFileIsRefusedWithThePlace) {
  write(heading_ + "my precious data\n");
  try {
    read_joblog(path_);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Error::Kind::usage);
    EXPECT_NE(std::string(error.what()).find("log:2:"), std::string::npos) << error.what();
  }
  EXPECT_EQ(read_joblog(dir_ / "missing").count, 0U);
}

TEST_F(JoblogTest, WhatCannotBeOpenedIsRefused) {
  EXPECT_THROW(Joblog("/nonexistent/log", Joblog::How::overwrite), Error);
}

}  // namespace
}  // namespace farm
