#include "base/checksum.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace farm {
namespace {

std::string random_bytes(std::mt19937& random, std::size_t size) {
  std::uniform_int_distribution<int> any_byte(0, 255);
  std::string bytes(size, '\0');
  for (char& c : bytes) c = static_cast<char>(any_byte(random));
  return bytes;
}

TEST(Crc32c, HasTheCheckValueOfTheCatalogue) {
  EXPECT_EQ(crc32c("123456789"), 0xE3069283U);
  EXPECT_EQ(crc32c_portable("123456789"), 0xE3069283U);
}

// RFC 3720, B.4.
TEST(Crc32c, HasTheValuesOfTheRfc) {
  const std::string zeros(32, '\0');
  const std::string ones(32, '\xFF');
  EXPECT_EQ(crc32c(zeros), 0x8A9136AAU);
  EXPECT_EQ(crc32c(ones), 0x62A8AB43U);
  EXPECT_EQ(crc32c_portable(zeros), 0x8A9136AAU);
  EXPECT_EQ(crc32c_portable(ones), 0x62A8AB43U);
}

TEST(Crc32c, OfNothingIsWhatCameBefore) {
  EXPECT_EQ(crc32c(""), 0U);
  EXPECT_EQ(crc32c("", 0x12345678U), 0x12345678U);
  EXPECT_EQ(crc32c_portable("", 0x12345678U), 0x12345678U);
}

TEST(Crc32c, ContinuesAcrossAnySplitAndAgreesWithThePortableOne) {
  std::mt19937 random(1);
  for (int round = 0; round < 500; ++round) {
    const std::string bytes = random_bytes(random, random() % 300);
    const std::size_t split = bytes.empty() ? 0 : random() % bytes.size();
    const std::string first = bytes.substr(0, split);
    const std::string second = bytes.substr(split);
    const std::uint32_t whole = crc32c(bytes);
    EXPECT_EQ(crc32c_portable(bytes), whole);
    EXPECT_EQ(crc32c(second, crc32c(first)), whole);
    EXPECT_EQ(crc32c_portable(second, crc32c_portable(first)), whole);
  }
}

}  // namespace
}  // namespace farm
