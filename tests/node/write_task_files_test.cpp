#include "node/write_task_files.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <filesystem>
#include <fstream>

#include "support/files.hpp"
#include "support/temp_dir.hpp"

namespace farm {
namespace {

TEST(TaskFiles, AreWrittenWithTheirDirectories) {
  const TempDir dir;
  dir.write("old", "a longer text");
  const std::string bytes("a\0b", 3);
  const FileFailure failure =
      write_task_files({{"deep/er/deck", bytes}, {"old", "new"}, {dir / "absolute", ""}}, dir.path());
  EXPECT_EQ(failure.error, 0);
  EXPECT_EQ(text(dir / "deep/er/deck"), bytes);
  EXPECT_EQ(text(dir / "old"), "new");
  EXPECT_TRUE(std::ifstream(dir / "absolute"));
}

TEST(TaskFiles, ASlashAtTheEndMakesADirectory) {
  const TempDir dir;
  EXPECT_EQ(write_task_files({{"new/one/", ""}, {dir / "absolute/", ""}, {"new/one/", ""}}, dir.path()).error, 0);
  EXPECT_TRUE(std::filesystem::is_directory(dir / "new/one"));
  EXPECT_TRUE(std::filesystem::is_directory(dir / "absolute"));
  dir.write("file", "");
  EXPECT_NE(write_task_files({{"file/", ""}}, dir.path()).error, 0);
}

TEST(TaskFiles, TheFirstThatCannotBeWrittenIsNamed) {
  const TempDir dir;
  dir.write("file", "");
  const FileFailure failure = write_task_files({{"good", ""}, {"file/below", "x"}, {"never", ""}}, dir.path());
  EXPECT_EQ(failure.error, ENOTDIR);
  EXPECT_EQ(failure.path, dir / "file/below");
  EXPECT_FALSE(std::ifstream(dir / "never"));
}

}  // namespace
}  // namespace farm
