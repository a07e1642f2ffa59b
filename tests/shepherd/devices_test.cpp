// The processors and GPUs a task is given.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/machine.hpp"
#include "shepherd/environment.hpp"
#include "shepherd/rank_fixture.hpp"

namespace farm {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::Not;
using testing::StartsWith;

TEST(Binding, IsToTheProcessorsOfTheRequest) {
  as_rank([](TestRank& rank) {
    for (const std::uint32_t number : usable_processor_numbers()) {
      LaunchRequest request;
      request.command = "grep Cpus_allowed_list /proc/self/status; echo $OMP_NUM_THREADS";
      request.cpus = {number};
      EXPECT_EQ(rank.run(request).out, "Cpus_allowed_list:\t" + std::to_string(number) + "\n1\n");
    }
    LaunchRequest all;
    all.command = "echo $OMP_NUM_THREADS; nproc";
    all.cpus = usable_processor_numbers();
    const std::string count = std::to_string(all.cpus.size());
    EXPECT_EQ(rank.run(all).out, count + "\n" + count + "\n");
  });
}

TEST(Binding, LeavesTheUsersThreads) {
  as_rank([](TestRank& rank) {
    LaunchRequest request;
    request.command = "echo $OMP_NUM_THREADS";
    request.cpus = usable_processor_numbers();
    request.env = {{"OMP_NUM_THREADS", "7"}};
    EXPECT_EQ(rank.run(request).out, "7\n");
  });
}

TEST(Binding, ToWhatTheJobMayNotUseIsNone) {
  as_rank([](TestRank& rank) {
    LaunchRequest request;
    request.command = "grep Cpus_allowed_list /proc/self/status";
    request.cpus = {8000};
    const auto bound = rank.run(request);
    EXPECT_TRUE(succeeded(bound.outcome)) << "slower, not wrong";
    EXPECT_EQ(bound.out, rank.run("grep Cpus_allowed_list /proc/self/status").out);
  });
}

TEST(Binding, IsNotThatOfTheNextTask) {
  as_rank([](TestRank& rank) {
    const std::string before = rank.run("nproc; echo $OMP_NUM_THREADS").out;
    LaunchRequest request;
    request.command = "true";
    request.cpus = {usable_processor_numbers().front()};
    rank.run(request);
    EXPECT_EQ(rank.run("nproc; echo $OMP_NUM_THREADS").out, before);
  });
}

TEST(Gpus, AreShownByTheNodesVariables) {
  LaunchRequest request;
  request.gpus = {"2", "GPU-8"};
  request.hides_gpus = true;
  const std::vector<std::string> both{"CUDA_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES"};
  EXPECT_THAT(own_environment(request, 1, both), Contains("CUDA_VISIBLE_DEVICES=2,GPU-8"));
  EXPECT_THAT(own_environment(request, 1, both), Contains("ROCR_VISIBLE_DEVICES=2,GPU-8"));
  EXPECT_THAT(own_environment(request, 1, {both[1]}), Not(Contains(StartsWith("CUDA"))));
}

TEST(Gpus, AreHiddenFromWhatAskedForNone) {
  LaunchRequest request;
  request.hides_gpus = true;
  EXPECT_THAT(own_environment(request, 1, {"CUDA_VISIBLE_DEVICES"}), Contains("CUDA_VISIBLE_DEVICES="));
  request.hides_gpus = false;
  EXPECT_THAT(own_environment(request, 1, {"CUDA_VISIBLE_DEVICES"}), Not(Contains(StartsWith("CUDA"))));
}

TEST(Gpus, AreTheTasksOwnChoiceWhenItMakesOne) {
  as_rank([](TestRank& rank) {
    Settings settings;
    settings.gpu_variables = {"CUDA_VISIBLE_DEVICES"};
    rank.client.configure(settings);
    LaunchRequest request;
    request.command = "echo $CUDA_VISIBLE_DEVICES";
    request.gpus = {"1"};
    request.hides_gpus = true;
    EXPECT_EQ(rank.run(request).out, "1\n");
    request.env = {{"CUDA_VISIBLE_DEVICES", "3"}};
    EXPECT_EQ(rank.run(request).out, "3\n");
  });
}

TEST(Gpus, AreNotChosenTwice) {
  const std::vector<std::string_view> inherited{"CUDA_VISIBLE_DEVICES=4,5", "HIP_VISIBLE_DEVICES=1", "A=1"};
  Settings settings;
  EXPECT_THAT(common_environment(inherited, settings, "1-2"), Contains("HIP_VISIBLE_DEVICES=1"));
  settings.gpu_variables = {"ROCR_VISIBLE_DEVICES"};
  EXPECT_THAT(common_environment(inherited, settings, "1-2"), ElementsAre("A=1", "FARM_RANK=0", "FARM_SHEPHERD=1-2"));
}

TEST(Outputs, OfAnOuterFarmsTaskAreNotThoseOfAnInnerOnes) {
  const std::vector<std::string_view> inherited{"FARM_OUTPUT=x", "FARM_OUTPUT_2=y", "FARM_OUTPUTS=z"};
  EXPECT_THAT(common_environment(inherited, Settings{}, "1-2"),
              ElementsAre("FARM_OUTPUTS=z", "FARM_RANK=0", "FARM_SHEPHERD=1-2"));
}

}  // namespace
}  // namespace farm
