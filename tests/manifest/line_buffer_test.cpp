#include "manifest/line_buffer.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace farm {
namespace {

void put(LineBuffer& buffer, std::string_view text) {
  const std::span<char> space = buffer.space();
  ASSERT_LE(text.size(), space.size());
  std::copy(text.begin(), text.end(), space.begin());
  buffer.filled(text.size());
}

std::vector<std::string> lines_of(LineBuffer& buffer) {
  std::vector<std::string> lines;
  while (const auto line = buffer.next()) lines.emplace_back(*line);
  return lines;
}

using Lines = std::vector<std::string>;

TEST(LineBuffer, WithNothingHasNoLine) {
  LineBuffer buffer(10);
  EXPECT_EQ(lines_of(buffer), Lines{});
  put(buffer, "");
  EXPECT_TRUE(buffer.at_end());
  EXPECT_EQ(lines_of(buffer), Lines{});
}

TEST(LineBuffer, JoinsWhatComesInPieces) {
  LineBuffer buffer(10);
  put(buffer, "on");
  EXPECT_EQ(lines_of(buffer), Lines{});
  put(buffer, "e\n\ntw");
  EXPECT_EQ(lines_of(buffer), (Lines{"one", ""}));
  put(buffer, "o\n");
  EXPECT_EQ(lines_of(buffer), Lines{"two"});
  EXPECT_FALSE(buffer.at_end());
}

TEST(LineBuffer, ALastLineMayLackItsNewline) {
  LineBuffer buffer(10);
  put(buffer, "one\ntwo");
  EXPECT_EQ(lines_of(buffer), Lines{"one"});
  put(buffer, "");
  EXPECT_EQ(lines_of(buffer), Lines{"two"});
  EXPECT_EQ(lines_of(buffer), Lines{});
}

TEST(LineBuffer, AnEndlessLineTakesNoMoreMemory) {
  LineBuffer buffer(10);
  const std::size_t room = buffer.space().size();
  for (int i = 0; i < 20; ++i) {
    put(buffer, std::string(room / 2, 'x'));
    EXPECT_EQ(lines_of(buffer), Lines{});
  }
  put(buffer, "\nnext\n");
  const Lines lines = lines_of(buffer);
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_GT(lines[0].size(), 11U);
  EXPECT_EQ(lines[1], "next");
}

TEST(LineBuffer, LinesUpToTheLongestComeOutWhole) {
  LineBuffer buffer(10);
  put(buffer, "01234");
  EXPECT_EQ(lines_of(buffer), Lines{});
  put(buffer, "56789");
  EXPECT_EQ(lines_of(buffer), Lines{});
  put(buffer, "\n");
  EXPECT_EQ(lines_of(buffer), Lines{"0123456789"});
}

}  // namespace
}  // namespace farm
