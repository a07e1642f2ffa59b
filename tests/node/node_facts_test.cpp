#include "node/node_facts.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "base/machine.hpp"
#include "support/temp_dir.hpp"

namespace farm {
namespace {

namespace fs = std::filesystem;

class NodeFactsTest : public testing::Test {
 protected:
  void write(const std::string& name, std::string_view text) {
    fs::create_directories(fs::path(root_ / name).parent_path());
    root_.write(name, text);
  }
  NodeFacts read() const { return read_node_facts(root_.path()); }

  TempDir root_;
};

TEST_F(NodeFactsTest, NobodyKnows) {
  EXPECT_EQ(read().installed_memory, 0U);
  EXPECT_EQ(read().memory_limit, 0U);
  EXPECT_EQ(read().nvidia_gpus + read().amd_gpus, 0U);
  EXPECT_EQ(read().processors, usable_processors());
}

TEST_F(NodeFactsTest, MemoryIsInstalledAndLimited) {
  write("proc/meminfo", "MemTotal:       4000 kB\nMemFree: 1 kB\n");
  write("proc/self/cgroup", "4:memory:/a\n0::/job/step\n");
  EXPECT_EQ(read().installed_memory, 4000U * 1024);
  EXPECT_EQ(read().memory_limit, 0U);
  write("sys/fs/cgroup/job/memory.max", "500000\n");
  write("sys/fs/cgroup/job/step/memory.max", "max\n");
  EXPECT_EQ(read().memory_limit, 500000U);
  write("sys/fs/cgroup/memory/a/memory.limit_in_bytes", "400000\n");
  EXPECT_EQ(read().memory_limit, 400000U);
}

TEST_F(NodeFactsTest, NvidiaGpusAreTheirNumberedDevices) {
  for (const char* name : {"nvidia0", "nvidia11", "nvidiactl", "nvidia-uvm", "nvidia", "null"}) {
    write(std::string("dev/") + name, "");
  }
  EXPECT_EQ(read().nvidia_gpus, 2U);
}

TEST_F(NodeFactsTest, AmdGpusAreThoseThatCompute) {
  const auto add = [&](const std::string& name, const std::string& driver) {
    write("dev/dri/" + name, "");
    fs::create_directories(root_ / "sys/class/drm/" + name + "/device");
    fs::create_symlink("/sys/bus/pci/drivers/" + driver, root_ / "sys/class/drm/" + name + "/device/driver");
  };
  add("renderD128", "amdgpu");
  add("renderD129", "i915");
  add("renderD130", "amdgpu");
  write("dev/dri/card0", "");
  EXPECT_EQ(read().amd_gpus, 0U) << "no driver for computing";
  write("dev/kfd", "");
  EXPECT_EQ(read().amd_gpus, 2U);
}

TEST(ReadProcessors, HasEveryUsableOneOnce) {
  std::vector<std::uint32_t> numbers;
  for (const Processor& processor : read_processors()) numbers.push_back(processor.number);
  std::ranges::sort(numbers);
  EXPECT_EQ(numbers, usable_processor_numbers());
  EXPECT_EQ(numbers.size(), usable_processors());
}

}  // namespace
}  // namespace farm
