#include "base/node_state.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include "support/temp_dir.hpp"

namespace farm {
namespace {

constexpr std::uint64_t unlimited = std::numeric_limits<std::uint64_t>::max();

class NodeStateTest : public testing::Test {
 protected:
  void write(const std::string& name, std::string_view text) {
    std::filesystem::create_directories(std::filesystem::path(root_ / name).parent_path());
    root_.write(name, text);
  }
  NodeState read() const { return read_node_state(root_.path()); }

  TempDir root_;
};

TEST_F(NodeStateTest, NobodyKnows) {
  EXPECT_EQ(read().free_memory_bytes, unlimited);
  EXPECT_EQ(read().load, 0U);
}

TEST_F(NodeStateTest, MemoryIsWhatIsAvailable) {
  write("proc/meminfo", "MemTotal:       4000 kB\nMemFree:         100 kB\nMemAvailable:   2000 kB\n");
  EXPECT_EQ(read().free_memory_bytes, 2000U * 1024);
}

TEST_F(NodeStateTest, TheTightestCgroupCounts) {
  write("proc/meminfo", "MemAvailable:   2000 kB\n");
  write("proc/self/cgroup", "0::/job/step\n");
  write("sys/fs/cgroup/job/step/memory.max", "max\n");
  write("sys/fs/cgroup/job/step/memory.current", "100\n");
  EXPECT_EQ(read().free_memory_bytes, 2000U * 1024);
  write("sys/fs/cgroup/job/memory.max", "5000\n");
  write("sys/fs/cgroup/job/memory.current", "4000\n");
  EXPECT_EQ(read().free_memory_bytes, 1000U);
  write("sys/fs/cgroup/job/memory.stat", "anon 1\ninactive_file 500\n");
  EXPECT_EQ(read().free_memory_bytes, 1500U) << "the kernel gives up what it only caches";
  write("sys/fs/cgroup/job/memory.current", "6000\n");
  write("sys/fs/cgroup/job/memory.stat", "");
  EXPECT_EQ(read().free_memory_bytes, 0U);
}

TEST_F(NodeStateTest, OlderCgroupsCountToo) {
  write("proc/self/cgroup", "12:cpu,cpuacct:/x\n4:memory:/job\n");
  write("sys/fs/cgroup/memory/job/memory.limit_in_bytes", "5000\n");
  write("sys/fs/cgroup/memory/job/memory.usage_in_bytes", "4000\n");
  EXPECT_EQ(read().free_memory_bytes, 1000U);
}

TEST_F(NodeStateTest, LoadIsWhatRunsOrWaitsForADiskWithoutOurselves) {
  write("proc/stat", "cpu  1 2 3\nprocs_running 4\nprocs_blocked 2\n");
  EXPECT_EQ(read().load, 5U);
}

TEST_F(NodeStateTest, ThisNodeHasSomeMemory) {
  EXPECT_GT(read_node_state().free_memory_bytes, 0U);
  EXPECT_LT(read_node_state().free_memory_bytes, unlimited);
}

}  // namespace
}  // namespace farm
