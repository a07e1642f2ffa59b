#include "node/granted_devices.hpp"

#include <gtest/gtest.h>

namespace farm {
namespace {

using Numbers = std::vector<std::uint32_t>;

TEST(GrantedDevices, HaveTheNamesOfKernelAndDrivers) {
  int asked = 0;
  GrantedDevices devices({.cpus = 3, .memory = 0, .gpus = {"4", "GPU-7"}, .gpu_variables = {}}, [&] {
    ++asked;
    return Numbers{8, 10, 12};
  });
  LaunchRequest plain;
  EXPECT_EQ(devices.assign({}, plain), "");
  EXPECT_TRUE(plain.cpus.empty());
  EXPECT_TRUE(plain.gpus.empty());
  EXPECT_TRUE(plain.hides_gpus) << "what asks for none sees none";
  EXPECT_EQ(asked, 0) << "who binds nothing needs no topology";
  for (int i = 0; i < 2; ++i) {
    LaunchRequest request;
    EXPECT_EQ(devices.assign({.cpus = {2, 0}, .gpus = {1}, .memory = 99}, request), "");
    EXPECT_EQ(request.cpus, (Numbers{12, 8}));
    EXPECT_EQ(request.gpus, std::vector<std::string>{"GPU-7"});
    EXPECT_EQ(request.memory, 99U);
  }
  EXPECT_EQ(asked, 1);
}

TEST(GrantedDevices, LeaveGpusAloneWhereThereAreNone) {
  GrantedDevices devices({}, {});
  LaunchRequest request;
  EXPECT_EQ(devices.assign({}, request), "");
  EXPECT_FALSE(request.hides_gpus);
}

TEST(GrantedDevices, AreSharedWhenThereAreFewerThanTheUserSays) {
  GrantedDevices devices({.cpus = 4}, [] { return Numbers{0, 1}; });
  LaunchRequest request;
  EXPECT_EQ(devices.assign({.cpus = {1, 2, 3}}, request), "");
  EXPECT_EQ(request.cpus, (Numbers{1, 0, 1}));
}

TEST(GrantedDevices, ThatTheNodeHasNotAreRefused) {
  GrantedDevices devices({.cpus = 2, .memory = 0, .gpus = {"0"}, .gpu_variables = {}}, [] { return Numbers{0, 1}; });
  LaunchRequest request;
  EXPECT_EQ(devices.assign({.cpus = {2}}, request), "this node has no processor 2 to give");
  EXPECT_EQ(devices.assign({.gpus = {1}}, request), "this node has no GPU 1 to give");
  GrantedDevices unknown({.cpus = 2}, {});
  EXPECT_EQ(unknown.assign({.cpus = {0}}, request), "this node has no processor 0 to give");
}

}  // namespace
}  // namespace farm
