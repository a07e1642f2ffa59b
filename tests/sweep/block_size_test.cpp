#include "sweep/block_size.hpp"

#include <gtest/gtest.h>

namespace farm {
namespace {

// Each as the installed GNU parallel has it.
TEST(BlockSize, HasUnitsOf1000And1024) {
  EXPECT_EQ(parse_block_size("100"), 100);
  EXPECT_EQ(parse_block_size("1k"), 1000);
  EXPECT_EQ(parse_block_size("1K"), 1024);
  EXPECT_EQ(parse_block_size("1m"), 1'000'000);
  EXPECT_EQ(parse_block_size("1M"), 1'048'576);
  EXPECT_EQ(parse_block_size("1Ki"), 1024);
  EXPECT_EQ(parse_block_size("1ki"), 1024);
  EXPECT_EQ(parse_block_size("1mi"), 1'048'576);
  EXPECT_EQ(parse_block_size("2g"), 2'000'000'000);
  EXPECT_EQ(parse_block_size("1T"), 1LL << 40);
  EXPECT_EQ(parse_block_size("1p"), 1'000'000'000'000'000);
}

TEST(BlockSize, MayHaveAFraction) {
  EXPECT_EQ(parse_block_size("1.5k"), 1500);
  EXPECT_EQ(parse_block_size("0.5M"), 524'288);
  EXPECT_EQ(parse_block_size(".5K"), 512);
  EXPECT_EQ(parse_block_size("1.9"), 1);
}

TEST(BlockSize, CountsBlocksWhenNegative) {
  EXPECT_EQ(parse_block_size("-1"), -1);
  EXPECT_EQ(parse_block_size("-20"), -20);
}

TEST(BlockSize, RefusesTheRest) {
  for (const char* const text : {"", "x", "K", "1kb", "1024b", "1x", "1KK", "-", "-1k", "-0", "--1", "1e3", " 1", "1 ",
                                 "8388608T", "99999999999999999999", "nan", "inf", "-99999999999999999999"}) {
    EXPECT_EQ(parse_block_size(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace farm
