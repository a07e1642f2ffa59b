#include "ui/help.hpp"

#include <gtest/gtest.h>

#include <sstream>

namespace farm {
namespace {

std::vector<std::string> all_topics() {
  std::vector<std::string> topics = help_topics();
  topics.insert(topics.begin(), "");
  return topics;
}

TEST(Help, EveryPageFitsAScreen) {
  for (const std::string& topic : all_topics()) {
    const auto page = help_page(topic);
    ASSERT_TRUE(page.has_value()) << topic;
    std::istringstream lines{std::string(*page)};
    int count = 0;
    for (std::string line; std::getline(lines, line); ++count) {
      EXPECT_LE(line.size(), 80U) << topic << ": " << line;
      EXPECT_FALSE(line.ends_with(' ')) << topic << ": " << line;
    }
    EXPECT_LE(count, 24) << topic;
    EXPECT_TRUE(page->ends_with('\n')) << topic;
  }
}

TEST(Help, EveryPageHasAnExample) {
  for (const std::string& topic : all_topics()) {
    EXPECT_NE(help_page(topic)->find("farm jobs.txt"), std::string_view::npos) << topic;
  }
}

TEST(Help, TheOverviewNamesEveryTopic) {
  for (const std::string& topic : help_topics()) EXPECT_NE(help_page("")->find(topic), std::string_view::npos) << topic;
}

TEST(Help, ThereIsNoPageOnAnythingElse) { EXPECT_FALSE(help_page("jobs.txt").has_value()); }

}  // namespace
}  // namespace farm
