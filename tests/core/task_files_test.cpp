#include "core/task_files.hpp"

#include <gtest/gtest.h>

namespace farm {
namespace {

TEST(FileKey, IsTheSameForEverySpellingOfAFile) {
  EXPECT_EQ(file_key("/home/me", "out/a"), "/home/me/out/a");
  EXPECT_EQ(file_key("/home/me/", "./out//a"), "/home/me/out/a");
  EXPECT_EQ(file_key("/home/me", "/home//me/./out/a"), "/home/me/out/a");
  EXPECT_EQ(file_key("/home/me/out", "a"), "/home/me/out/a");
}

TEST(FileKey, KeepsWhatALinkMayHaveChanged) { EXPECT_EQ(file_key("/home/me", "link/../a"), "/home/me/link/../a"); }

}  // namespace
}  // namespace farm
