#include "base/text_finder.hpp"

#include <gtest/gtest.h>

namespace farm {
namespace {

TEST(TextFinderTest, ReplacesTheLongestAndWhatOverlapsOnce) {
  EXPECT_EQ(TextFinder({"a", "abc", "ab"}).replace("xabcxabxax", "*"), "x*x*x*x");
  EXPECT_EQ(TextFinder({"ab", "bcd"}).replace("abcde", "*"), "*e");
  EXPECT_EQ(TextFinder({"ab"}).replace("abab", "*"), "**");
  EXPECT_EQ(TextFinder({"a", "abd", "abx"}).replace("abc abe", "*"), "*bc *be") << "others stand between them";
  EXPECT_EQ(TextFinder({""}).replace("abc", "*"), "abc");
  EXPECT_EQ(TextFinder().replace("abc", "*"), "abc");
}

TEST(TextFinderTest, FindsAllThatAreInAText) {
  const TextFinder finder({"a", "ab", "abc", "bc", "c d", "x", "", "ab"});
  EXPECT_EQ(finder.all_in("zabcz"), (std::vector<std::string>{"a", "ab", "abc", "bc"}));
  EXPECT_EQ(finder.all_in("c d"), (std::vector<std::string>{"c d"}));
  EXPECT_TRUE(finder.all_in("").empty());
  EXPECT_TRUE(TextFinder().all_in("abc").empty());
}

}  // namespace
}  // namespace farm
