#include "core/glob_index.hpp"

#include <fnmatch.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace farm {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

TEST(GlobIndex, KnowsPatterns) {
  for (const char* text : {"a*", "?", "a[1]", "\\*"}) EXPECT_TRUE(GlobIndex::is_pattern(text)) << text;
  for (const char* text : {"", "a", "a]", "a.b/c{}"}) EXPECT_FALSE(GlobIndex::is_pattern(text)) << text;
}

TEST(GlobIndex, FindsThePatternsOfAName) {
  GlobIndex index;
  EXPECT_EQ(index.add("prep-*"), 0U);
  EXPECT_EQ(index.add("*-1"), 1U);
  EXPECT_EQ(index.add("prep-?"), 2U);
  EXPECT_EQ(index.add("prep-*"), 0U);
  EXPECT_EQ(index.size(), 3U);
  EXPECT_THAT(index.matches("prep-1"), UnorderedElementsAre(0, 1, 2));
  EXPECT_THAT(index.matches("prep-10"), ElementsAre(0));
  EXPECT_THAT(index.matches("pre"), IsEmpty());
  EXPECT_THAT(index.matches(""), IsEmpty());
}

TEST(GlobIndex, APatternThatIsWrittenLikeTheNameIsMeantToo) {
  GlobIndex index;
  index.add("a[1]");
  EXPECT_THAT(index.matches("a[1]"), ElementsAre(0));
  EXPECT_THAT(index.matches("a1"), ElementsAre(0));
}

TEST(GlobIndex, FindsWhatTryingThemAllFinds) {
  std::mt19937 random(7);
  const auto text = [&](std::string_view letters, std::size_t longest) {
    std::string made;
    for (std::size_t length = random() % (longest + 1); made.size() < length;)
      made += letters[random() % letters.size()];
    return made;
  };
  std::size_t found = 0;
  for (int round = 0; round < 500; ++round) {
    GlobIndex index;
    std::vector<std::string> patterns;
    for (int i = 0; i < 20; ++i) {
      const std::string pattern = text("ab*?[]\\-", 6);
      if (GlobIndex::is_pattern(pattern) && index.add(pattern) == patterns.size()) patterns.push_back(pattern);
    }
    for (int i = 0; i < 20; ++i) {
      const std::string name = text("ab*?[]\\-", 5);
      std::vector<std::uint32_t> expected;
      for (std::uint32_t p = 0; p < patterns.size(); ++p) {
        if (patterns[p] == name || ::fnmatch(patterns[p].c_str(), name.c_str(), 0) == 0) expected.push_back(p);
      }
      found += expected.size();
      EXPECT_THAT(index.matches(name), testing::UnorderedElementsAreArray(expected)) << name;
    }
  }
  EXPECT_GT(found, 1000U);
}

}  // namespace
}  // namespace farm
