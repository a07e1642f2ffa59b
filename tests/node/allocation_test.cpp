#include "node/allocation.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include "node/job_age.hpp"
#include "support/temp_dir.hpp"

namespace farm {
namespace {

using namespace std::chrono_literals;

constexpr Nanos now = 1'800'000'000s;

// Answers as it is told, and keeps what it was asked.
struct FakeBatchSystem {
  std::optional<std::string> left;
  std::optional<Nanos> age;
  std::vector<std::string> asked;
  std::vector<std::string> complaints;

  std::optional<AllocationEnd> end(const Variables& environment) {
    return allocation_end(environment, now,
                          {.squeue =
                               [this](const std::string& job) {
                                 asked.push_back(job);
                                 return left;
                               },
                           .age =
                               [this](const std::string& variable) {
                                 asked.push_back(variable);
                                 return age;
                               }},
                          [this](const std::string& line) { complaints.push_back(line); });
  }
};

TEST(SlurmTime, IsReadInAllForms) {
  EXPECT_EQ(parse_slurm_time("1-02:03:04"), 26h + 3min + 4s);
  EXPECT_EQ(parse_slurm_time("12:00:00"), 12h);
  EXPECT_EQ(parse_slurm_time("5:07"), 5min + 7s);
  EXPECT_EQ(parse_slurm_time("0:00"), 0s);
  EXPECT_EQ(parse_slurm_time("365-00:00:00"), 365 * 24h);
}

TEST(SlurmTime, IsNotEverything) {
  for (const char* text : {"", "UNLIMITED", "NOT_SET", "INVALID", "5", "1-", "1-5", "1-5:07", "a:b", "-1:00", "1:2:3:4",
                           ":", "1:", "99999999999-00:00:00", "18446744073709551615:00"}) {
    EXPECT_FALSE(parse_slurm_time(text)) << text;
  }
}

TEST(AllocationEnd, OutsideOfAnyJobThereIsNone) {
  FakeBatchSystem batch;
  EXPECT_FALSE(batch.end({{"HOME", "/root"}}));
  EXPECT_TRUE(batch.asked.empty()) << "nobody is asked";
}

TEST(AllocationEnd, SlurmsOwnVariableComesFirst) {
  FakeBatchSystem batch;
  const auto end = batch.end({{"SLURM_JOB_ID", "42"}, {"SLURM_JOB_END_TIME", "1800003600"}});
  ASSERT_TRUE(end);
  EXPECT_EQ(end->at, now + 1h);
  EXPECT_EQ(end->source, "SLURM_JOB_END_TIME");
  EXPECT_TRUE(batch.asked.empty());
}

TEST(AllocationEnd, ElseSqueueIsAskedOnce) {
  FakeBatchSystem batch;
  batch.left = "1-00:00:30\n";
  const auto end = batch.end({{"SLURM_JOB_ID", "42"}, {"SLURM_JOB_END_TIME", "later"}});
  ASSERT_TRUE(end);
  EXPECT_EQ(end->at, now + 24h + 30s);
  EXPECT_EQ(end->source, "squeue");
  EXPECT_EQ(batch.asked, std::vector<std::string>{"42"});
}

TEST(AllocationEnd, WhatSlurmsVariableCannotMeanIsLeftAsideAndTold) {
  FakeBatchSystem batch;
  EXPECT_FALSE(batch.end({{"SLURM_JOB_END_TIME", "soon"}}));
  EXPECT_FALSE(batch.end({{"SLURM_JOB_END_TIME", "1800000000"}}));
  EXPECT_EQ(batch.complaints,
            (std::vector<std::string>{"SLURM_JOB_END_TIME=soon is not a number of seconds: it is not heeded",
                                      "SLURM_JOB_END_TIME=1800000000 is in the past: it is not heeded"}));
}

TEST(AllocationEnd, ItsLengthIsKnownWithItsStart) {
  FakeBatchSystem batch;
  Variables job{{"SLURM_JOB_ID", "42"}, {"SLURM_JOB_END_TIME", "1800003600"}};
  EXPECT_EQ(batch.end(job)->length, std::nullopt);
  job["SLURM_JOB_START_TIME"] = "1799996400";
  EXPECT_EQ(batch.end(job)->length, 2h);
  job["SLURM_JOB_START_TIME"] = "1800000001";
  EXPECT_EQ(batch.end(job)->length, std::nullopt) << "it has begun";
}

TEST(AllocationEnd, SqueueMayKnowOfNoEndOrNotAnswer) {
  FakeBatchSystem batch;
  EXPECT_FALSE(batch.end({{"SLURM_JOB_ID", "42"}}));
  batch.left = "UNLIMITED\n";
  EXPECT_FALSE(batch.end({{"SLURM_JOB_ID", "42"}}));
  batch.asked.clear();
  EXPECT_FALSE(batch.end({{"SLURM_JOB_ID", "; rm -r"}}));
  EXPECT_TRUE(batch.asked.empty()) << "that is no job";
}

TEST(AllocationEnd, PbsCountsFromTheStartOfTheJobsShell) {
  FakeBatchSystem batch;
  batch.age = 10min;
  const auto end = batch.end({{"PBS_JOBID", "7.head"}, {"PBS_WALLTIME", "3600"}});
  ASSERT_TRUE(end);
  EXPECT_EQ(end->at, now + 50min);
  EXPECT_EQ(end->length, 1h);
  EXPECT_EQ(end->source, "PBS_WALLTIME");
  EXPECT_EQ(batch.asked, std::vector<std::string>{"PBS_JOBID"});
  EXPECT_EQ(batch.end({{"PBS_JOBID", "7.head"}, {"PBS_WALLTIME", "02:00:00"}})->at, now + 110min);
}

TEST(AllocationEnd, OfPbsIsUnknownWithoutEitherPart) {
  FakeBatchSystem batch;
  EXPECT_FALSE(batch.end({{"PBS_JOBID", "7"}, {"PBS_WALLTIME", "3600"}})) << "the age is not known";
  batch.age = 1s;
  EXPECT_FALSE(batch.end({{"PBS_JOBID", "7"}}));
  EXPECT_FALSE(batch.end({{"PBS_JOBID", "7"}, {"PBS_WALLTIME", "long"}}));
  EXPECT_FALSE(batch.end({{"PBS_WALLTIME", "3600"}}));
}

class JobAgeTest : public testing::Test {
 protected:
  // Started so many seconds after the machine.
  void process(int pid, int parent, int started, const std::string& environment) {
    const std::string directory = root_ / "proc/" + std::to_string(pid);
    std::filesystem::create_directories(directory);
    const long ticks = started * ::sysconf(_SC_CLK_TCK);
    root_.write("proc/" + std::to_string(pid) + "/stat",
                std::to_string(pid) + " (a (b) c) S " + std::to_string(parent) +
                    " 1 1 0 -1 0 0 0 0 0 1 1 1 1 20 0 1 0 " + std::to_string(ticks) + " 1000 10\n");
    root_.write("proc/" + std::to_string(pid) + "/environ", environment);
  }
  void SetUp() override {
    std::filesystem::create_directories(root_ / "proc");
    root_.write("proc/uptime", "1000.00 5.00\n");
  }

  TempDir root_;
};

TEST_F(JobAgeTest, IsThatOfTheOutermostProcessOfTheJob) {
  process(50, 1, 10, std::string("PATH=/bin\0", 10));
  process(60, 50, 700, std::string("A=1\0PBS_JOBID=7\0", 16));
  process(70, 60, 800, std::string("PBS_JOBID=7\0", 12));
  process(80, 70, 900, std::string("PBS_JOBID=7\0", 12));
  EXPECT_EQ(job_age("PBS_JOBID", root_.path(), 80), 300s);
  EXPECT_EQ(job_age("PBS_JOBID", root_.path(), 60), 300s);
}

TEST_F(JobAgeTest, IsUnknownOutsideOfOne) {
  process(50, 1, 10, std::string("PATH=/bin\0XPBS_JOBID=7\0", 23));
  EXPECT_FALSE(job_age("PBS_JOBID", root_.path(), 50));
  EXPECT_FALSE(job_age("PBS_JOBID", root_.path(), 51)) << "no such process";
  EXPECT_FALSE(job_age("PBS_JOBID", root_ / "nowhere", 50));
}

TEST(JobAge, OfThisMachine) {
  const auto age = job_age("PATH");
  ASSERT_TRUE(age);
  EXPECT_GE(*age, Nanos::zero());
}

}  // namespace
}  // namespace farm
