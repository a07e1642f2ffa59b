#include "base/program_path.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "support/temp_dir.hpp"

namespace farm {
namespace {

class ProgramPath : public testing::Test {
 protected:
  ProgramPath() {
    ::chmod(dir_.write("runs", "#!/bin/sh\n").c_str(), 0755);
    dir_.write("text", "no program\n");
    ::mkdir((dir_ / "directory").c_str(), 0755);
  }
  TempDir dir_;
};

TEST_F(ProgramPath, IsAFileThatMayBeExecuted) {
  EXPECT_TRUE(is_runnable(dir_ / "runs", ""));
  for (const char* name : {"text", "directory", "nothing", "runs/no"})
    EXPECT_FALSE(is_runnable(dir_ / name, "")) << name;
}

TEST_F(ProgramPath, WithoutASlashItIsLookedFor) {
  const std::string here = dir_ / ".";
  EXPECT_TRUE(is_runnable("runs", here));
  EXPECT_TRUE(is_runnable("runs", "/nothing:" + here + ":/nowhere"));
  for (const std::string& path : {std::string(), std::string("/nothing"), std::string("/nothing:")})
    EXPECT_FALSE(is_runnable("runs", path)) << path;
  EXPECT_FALSE(is_runnable("text", here));
  EXPECT_FALSE(is_runnable("", here));
}

}  // namespace
}  // namespace farm
