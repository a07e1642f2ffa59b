#include "base/temporary_name.hpp"

#include <gtest/gtest.h>

namespace farm {
namespace {

TEST(TemporaryName, IsBesideAndKeepsTheExtension) {
  EXPECT_EQ(temporary_beside("/data/out.csv", "7-1"), "/data/.farm-7-1.out.csv");
  EXPECT_EQ(temporary_beside("out.csv", "7-1"), ".farm-7-1.out.csv");
  EXPECT_EQ(temporary_beside("../a/b", "x"), "../a/.farm-x.b");
  EXPECT_EQ(temporary_beside("/b", "x"), "/.farm-x.b");
  EXPECT_EQ(temporary_beside("model/", "x"), ".farm-x.model") << "a directory";
}

TEST(TemporaryName, FitsWhereTheNameFits) {
  const std::string name = temporary_beside("/d/" + std::string(251, 'a') + ".csv", "12345-1");
  EXPECT_EQ(name.size(), 3 + 255U);
  EXPECT_TRUE(name.ends_with("a.csv"));
  EXPECT_TRUE(name.starts_with("/d/.farm-12345-1.aaa"));
}

}  // namespace
}  // namespace farm
