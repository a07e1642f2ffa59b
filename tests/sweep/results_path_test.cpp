#include "sweep/results_path.hpp"

#include <gtest/gtest.h>

namespace farm {
namespace {

std::string path(const std::vector<std::string_view>& values, const std::vector<std::string>& columns = {}) {
  return results_directory("out", columns, values);
}

TEST(ResultsPath, ADirectoryPerSource) {
  EXPECT_EQ(path({"a", "1"}), "out/1/a/2/1/");
  EXPECT_EQ(path({"a", "1"}, {"name", "n"}), "out/name/a/n/1/");
}

TEST(ResultsPath, AnyValueMakesAName) {
  EXPECT_EQ(path({"a/b"}), "out/1/a\\_b/");
  EXPECT_EQ(path({"a\\b"}), "out/1/a\\\\b/");
  EXPECT_EQ(path({"a\tb c"}), "out/1/a\\tb c/");
  EXPECT_EQ(path({std::string_view("d\0e f'", 6)}), "out/1/d\\0e f'/");
}

TEST(ResultsPath, NoValueLeadsOutOfTheDirectory) {
  EXPECT_EQ(path({".."}), "out/1/\\../");
  EXPECT_EQ(path({"../../etc"}), "out/1/..\\_..\\_etc/");
}

}  // namespace
}  // namespace farm
