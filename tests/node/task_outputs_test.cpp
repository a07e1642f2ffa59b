#include "node/task_outputs.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include "support/files.hpp"
#include "support/temp_dir.hpp"

namespace farm {
namespace {

namespace fs = std::filesystem;

std::string temporary(const TaskOutputs& outputs, std::size_t number) { return outputs.variables().at(number).second; }

TEST(TaskOutputs, AreToldToTheTask) {
  const TempDir dir;
  const TaskOutputs outputs({"a.csv", "sub/../b", dir / "c"}, dir.path(), "1-1-9");
  const std::vector<std::pair<std::string, std::string>> expected{
      {"FARM_OUTPUT", dir / ".farm-1-1-9.a.csv"},
      {"FARM_OUTPUT_1", dir / ".farm-1-1-9.a.csv"},
      {"FARM_OUTPUT_2", dir / "sub/../.farm-1-1-9.b"},
      {"FARM_OUTPUT_3", dir / ".farm-1-1-9.c"},
  };
  EXPECT_EQ(outputs.variables(), expected);
  EXPECT_TRUE(TaskOutputs({}, dir.path(), "1").variables().empty());
}

TEST(TaskOutputs, GetTheirNamesWhenTheAttemptSucceeded) {
  const TempDir dir;
  dir.write("a", "old");
  dir.write("b", "by its own name");
  const TaskOutputs outputs({"a", "b", "d/"}, dir.path(), "x");
  dir.write(".farm-x.a", "new");
  fs::create_directory(temporary(outputs, 3));
  EXPECT_EQ(text(dir / "a"), "old") << "while the task runs";
  EXPECT_EQ(outputs.publish(), "");
  EXPECT_EQ(text(dir / "a"), "new");
  EXPECT_EQ(text(dir / "b"), "by its own name");
  EXPECT_TRUE(fs::is_directory(dir / "d"));
  EXPECT_EQ(entries(dir.path()), 3U) << "nothing else is left";
}

TEST(TaskOutputs, OneThatIsMissingIsNamedAndNoneGetsItsName) {
  const TempDir dir;
  const TaskOutputs outputs({"a", "b\n"}, dir.path(), "x");
  dir.write(".farm-x.a", "new");
  EXPECT_NE(outputs.publish().find("did not make its output " + (dir / "b\\n")), std::string::npos)
      << outputs.publish();
  EXPECT_FALSE(fs::exists(dir / "a"));
  outputs.discard();
  EXPECT_EQ(entries(dir.path()), 0U);
}

TEST(TaskOutputs, OneThatCannotBeNamedIsNamed) {
  const TempDir dir;
  fs::create_directory(dir / "a");
  dir.write("a/full", "");
  const TaskOutputs outputs({"a"}, dir.path(), "x");
  dir.write(".farm-x.a", "new");
  EXPECT_NE(outputs.publish().find("cannot give the output " + (dir / "a")), std::string::npos) << outputs.publish();
}

TEST(TaskOutputs, AreRemovedWhenTheAttemptFailed) {
  const TempDir dir;
  dir.write("a", "old");
  const TaskOutputs outputs({"a", "d"}, dir.path(), "x");
  dir.write(".farm-x.a", "half");
  fs::create_directory(temporary(outputs, 2));
  std::ofstream(temporary(outputs, 2) + "/part") << "half";
  outputs.discard();
  EXPECT_EQ(text(dir / "a"), "old");
  EXPECT_EQ(entries(dir.path()), 1U);
}

TEST(TaskOutputs, DevicesStayWhatTheyAre) {
  const TaskOutputs outputs({"/dev/null"}, "", "x");
  EXPECT_EQ(temporary(outputs, 0), "/dev/null");
  EXPECT_EQ(outputs.publish(), "");
  outputs.discard();
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
}

TEST(PathIn, IsAbsolute) {
  EXPECT_EQ(path_in("/a", "b"), "/a/b");
  EXPECT_EQ(path_in("/a", "/b"), "/b");
  EXPECT_EQ(path_in("", "b"), (fs::current_path() / "b").string());
}

}  // namespace
}  // namespace farm
