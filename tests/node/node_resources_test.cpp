#include "node/node_resources.hpp"

#include <gtest/gtest.h>

namespace farm {
namespace {

using Names = std::vector<std::string>;

constexpr std::uint64_t gib = std::uint64_t{1} << 30;

TEST(NodeMemory, IsTheLeastOfWhatIsInstalledAllowedAndGranted) {
  const auto memory = [](const NodeFacts& facts, const Variables& environment) {
    return node_resources(facts, environment, {}).memory;
  };
  EXPECT_EQ(memory({}, {}), 0U) << "nobody knows";
  EXPECT_EQ(memory({.installed_memory = 64 * gib}, {}), 64 * gib);
  EXPECT_EQ(memory({.installed_memory = 64 * gib, .memory_limit = 8 * gib}, {}), 8 * gib);
  // What version 1 calls unlimited is a very large limit.
  EXPECT_EQ(memory({.installed_memory = 64 * gib, .memory_limit = 9223372036854771712U}, {}), 64 * gib);
  EXPECT_EQ(memory({.installed_memory = 64 * gib}, {{"SLURM_MEM_PER_NODE", "4096"}}), 4 * gib);
  EXPECT_EQ(memory({.installed_memory = 64 * gib}, {{"SLURM_MEM_PER_NODE", "0"}}), 64 * gib) << "all of it";
  EXPECT_EQ(memory({.processors = 4, .installed_memory = 64 * gib}, {{"SLURM_MEM_PER_CPU", "1024"}}), 4 * gib);
  EXPECT_EQ(memory({.processors = 64, .installed_memory = 64 * gib},
                   {{"SLURM_MEM_PER_CPU", "1024"}, {"SLURM_CPUS_ON_NODE", "2"}}),
            2 * gib)
      << "the mask has processors of others";
  EXPECT_EQ(memory({.installed_memory = 64 * gib}, {{"SLURM_MEM_PER_NODE", "lots"}}), 64 * gib);
}

TEST(NodeGpus, AreThoseTheAllocationNames) {
  const auto gpus = [](const Variables& environment, const NodeFacts& facts = {}) {
    return node_resources(facts, environment, {}).gpus;
  };
  EXPECT_EQ(gpus({{"CUDA_VISIBLE_DEVICES", "2,3"}}), (Names{"2", "3"}));
  EXPECT_EQ(gpus({{"CUDA_VISIBLE_DEVICES", "GPU-8932f937,MIG-1-2"}}), (Names{"GPU-8932f937", "MIG-1-2"}));
  EXPECT_EQ(gpus({{"CUDA_VISIBLE_DEVICES", "0,-1,1"}}), Names{"0"}) << "as the driver reads it";
  for (const char* none : {"", "NoDevFiles", "-1"}) {
    EXPECT_EQ(gpus({{"CUDA_VISIBLE_DEVICES", none}}, {.nvidia_gpus = 4}), Names{}) << none;
  }
  EXPECT_EQ(gpus({{"ROCR_VISIBLE_DEVICES", "1"}}), Names{"1"});
  EXPECT_EQ(gpus({{"GPU_DEVICE_ORDINAL", "0,1"}}), (Names{"0", "1"}));
  EXPECT_EQ(gpus({{"SLURM_JOB_ID", "1"}, {"SLURM_JOB_GPUS", "0,4-6"}}), (Names{"0", "4", "5", "6"}));
  EXPECT_EQ(gpus({{"SLURM_JOB_ID", "1"}, {"SLURM_STEP_GPUS", "1"}, {"SLURM_JOB_GPUS", "0,1"}}), Names{"1"});
  EXPECT_EQ(gpus({{"CUDA_VISIBLE_DEVICES", "0"}, {"SLURM_JOB_GPUS", "3"}}), Names{"0"})
      << "the variable counts within what the job's cgroup shows";
}

TEST(NodeGpus, AreElseThoseOfTheMachine) {
  EXPECT_EQ(node_resources({.nvidia_gpus = 2}, {}, {}).gpus, (Names{"0", "1"}));
  EXPECT_EQ(node_resources({.amd_gpus = 1}, {}, {}).gpus, Names{"0"});
  EXPECT_EQ(node_resources({.nvidia_gpus = 2}, {{"SLURM_JOB_ID", "1"}}, {}).gpus, Names{})
      << "a job that asked for none has none";
}

TEST(NodeGpus, AreChosenByTheVariableOfTheirMaker) {
  const auto variables = [](const NodeFacts& facts, const Variables& environment) {
    return node_resources(facts, environment, {}).gpu_variables;
  };
  const Names cuda{"CUDA_VISIBLE_DEVICES"};
  const Names rocr{"ROCR_VISIBLE_DEVICES"};
  EXPECT_EQ(variables({.nvidia_gpus = 1}, {}), cuda);
  EXPECT_EQ(variables({.amd_gpus = 1}, {}), rocr);
  EXPECT_EQ(variables({}, {{"CUDA_VISIBLE_DEVICES", "0"}}), cuda);
  EXPECT_EQ(variables({}, {{"ROCR_VISIBLE_DEVICES", "0"}}), rocr);
  const Variables both{{"CUDA_VISIBLE_DEVICES", "0"}, {"ROCR_VISIBLE_DEVICES", "5"}};
  EXPECT_EQ(variables({}, both), (Names{cuda[0], rocr[0]}));
  EXPECT_EQ(variables({.nvidia_gpus = 1}, both), cuda) << "Slurm may set all";
  EXPECT_EQ(variables({.amd_gpus = 1}, both), rocr);
  EXPECT_EQ(node_resources({.amd_gpus = 1}, both, {}).gpus, Names{"5"});
  EXPECT_EQ(variables({}, {}), Names{}) << "nothing to choose from, nothing to hide";
}

TEST(NodeOverrides, Count) {
  const NodeFacts facts{.processors = 2, .installed_memory = gib, .nvidia_gpus = 2};
  const NodeResources more = node_resources(facts, {}, {.cpus = 8, .gpus = 3, .memory = 5 * gib});
  EXPECT_EQ(more.cpus, 8U);
  EXPECT_EQ(more.memory, 5 * gib);
  EXPECT_EQ(more.gpus, (Names{"0", "1", "2"}));
  const NodeResources fewer = node_resources(facts, {{"CUDA_VISIBLE_DEVICES", "6,7"}}, {.cpus = 1, .gpus = 1});
  EXPECT_EQ(fewer.cpus, 1U);
  EXPECT_EQ(fewer.memory, gib);
  EXPECT_EQ(fewer.gpus, Names{"6"});
  const NodeResources none = node_resources(facts, {}, {.gpus = 0});
  EXPECT_EQ(none.gpus, Names{});
  EXPECT_EQ(none.gpu_variables, Names{}) << "left alone";
  EXPECT_EQ(node_resources({}, {}, {.gpus = 1}).gpu_variables.size(), 2U) << "of what maker is not known";
}

TEST(CoresFirst, UsesEveryCoreBeforeAnyTwice) {
  // Two cores with two threads each, as the topology has them.
  EXPECT_EQ(cores_first({{0, 0}, {2, 0}, {1, 1}, {3, 1}}), (std::vector<std::uint32_t>{0, 1, 2, 3}));
  EXPECT_EQ(cores_first({{4, 7}, {9, 8}, {5, 9}}), (std::vector<std::uint32_t>{4, 9, 5})) << "in their order";
  EXPECT_EQ(cores_first({{1, 0}, {0, 1}, {3, 1}}), (std::vector<std::uint32_t>{1, 0, 3}));
  EXPECT_TRUE(cores_first({}).empty());
}

TEST(ProcessorAt, GoesRoundWhenThereAreFewerThanSaid) {
  EXPECT_EQ(processor_at({4, 9}, 0), 4U);
  EXPECT_EQ(processor_at({4, 9}, 3), 9U);
  EXPECT_FALSE(processor_at({}, 0));
}

}  // namespace
}  // namespace farm
