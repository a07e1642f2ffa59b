#include "store/kept_results.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "base/checksum.hpp"
#include "farm/error.hpp"
#include "support/files.hpp"
#include "support/temp_dir.hpp"

namespace farm {
namespace {

class KeptResultsTest : public testing::Test {
 protected:
  std::string path() const { return dir_.path() + "/results"; }
  KeptResults open() const {
    return KeptResults(UniqueFd(::open(path().c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600)), path());
  }
  static Fingerprint key(std::uint64_t number) { return {number * 7, number}; }
  void fill(std::uint64_t count) const {
    KeptResults results = open();
    for (std::uint64_t i = 0; i < count; ++i) results.keep(key(i), std::string(i * 1000, 'a') + std::to_string(i));
    EXPECT_TRUE(results.flush());
  }
  void write(const std::string& bytes) const { std::ofstream(path(), std::ios::binary) << bytes; }
  static std::string expected(std::uint64_t i) { return std::string(i * 1000, 'a') + std::to_string(i); }

  TempDir dir_;
};

TEST_F(KeptResultsTest, FindsWhatItHasKeptNowAndLater) {
  {
    KeptResults results = open();
    EXPECT_EQ(results.size(), 0U);
    EXPECT_FALSE(results.find(key(1)));
    results.keep(key(1), "one");
    results.keep(key(2), "");
    results.keep(key(3), std::string(3'000'000, 'x'));
    ASSERT_TRUE(results.flush());
    EXPECT_EQ(results.find(key(1)), "one");
  }
  KeptResults results = open();
  EXPECT_EQ(results.size(), 3U);
  EXPECT_EQ(results.dropped(), 0U);
  EXPECT_EQ(results.find(key(1)), "one");
  EXPECT_EQ(results.find(key(2)), "");
  EXPECT_EQ(results.find(key(3)), std::string(3'000'000, 'x'));
  results.keep(key(1), "another one");
  ASSERT_TRUE(results.flush());
  EXPECT_EQ(results.find(key(1)), "another one");
  EXPECT_EQ(open().find(key(1)), "another one");
}

// Wherever the file was cut off: all before is there, and what comes next is kept as usual.
TEST_F(KeptResultsTest, GoesOnBehindTheLastWholeResult) {
  std::vector<std::size_t> ends;
  for (std::uint64_t count = 1; count <= 4; ++count) {
    std::filesystem::remove(path());
    fill(count);
    ends.push_back(std::filesystem::file_size(path()));
  }
  const std::string whole = text(path());
  for (std::size_t size = 0; size < whole.size(); size += 7) {
    write(whole.substr(0, size));
    const auto left = static_cast<std::uint64_t>(std::ranges::count_if(ends, [&](auto end) { return end <= size; }));
    {
      KeptResults results = open();
      ASSERT_EQ(results.size(), left);
      for (std::uint64_t i = 0; i < left; ++i) ASSERT_EQ(results.find(key(i)), expected(i));
      results.keep(key(9), "nine");
      ASSERT_TRUE(results.flush());
    }
    const KeptResults again = open();
    ASSERT_EQ(again.dropped(), 0U);
    ASSERT_EQ(again.size(), left + 1);
    ASSERT_EQ(again.find(key(9)), "nine");
  }
}

TEST_F(KeptResultsTest, NeverGivesWhatWasDamaged) {
  fill(4);
  std::string bytes = text(path());
  const std::size_t third = bytes.find("aaa2");
  ASSERT_NE(third, std::string::npos);
  bytes[third] = 'b';
  {
    KeptResults results = open();
    write(bytes);
    EXPECT_FALSE(results.find(key(2))) << "damaged while it was open";
    EXPECT_EQ(results.find(key(1)), expected(1));
  }
  KeptResults results = open();
  EXPECT_EQ(results.size(), 3U);
  EXPECT_EQ(results.find(key(3)), expected(3)) << "behind the damage";
  EXPECT_EQ(results.damaged(), 1U);
  EXPECT_EQ(results.dropped(), 0U);
  EXPECT_EQ(text(path()), bytes);
  results.keep(key(2), "again");
  ASSERT_TRUE(results.flush());
  EXPECT_EQ(open().damaged(), 0U) << "it is there again";
}

TEST_F(KeptResultsTest, CutsOffZerosAtOnce) {
  fill(2);
  const std::string whole = text(path());
  write(whole + std::string(100'000, '\0'));
  EXPECT_EQ(open().dropped(), 100'000U);
  EXPECT_EQ(text(path()), whole);
}

TEST_F(KeptResultsTest, LeavesThoseOfAnotherByteOrderAsTheyAre) {
  {
    KeptResults results = open();
    results.keep(key(1), "one");
    ASSERT_TRUE(results.flush());
  }
  // What the check is of has the numbers in their other order, too.
  std::string bytes = text(path());
  const std::size_t begin = std::string_view("farm-results 1\n").size();
  for (const auto& [at, size] : {std::pair(8U, 8U), std::pair(16U, 8U), std::pair(24U, 8U)}) {
    const auto field = bytes.begin() + static_cast<std::ptrdiff_t>(begin + at);
    std::reverse(field, field + size);
  }
  const std::uint32_t check = __builtin_bswap32(crc32c(std::string_view(bytes).substr(begin + 4)));
  bytes.replace(begin, 4, reinterpret_cast<const char*>(&check), 4);
  write(bytes);
  try {
    open();
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string_view(error.what()).find("another byte order"), std::string_view::npos);
  }
  EXPECT_EQ(text(path()), bytes);
}

TEST_F(KeptResultsTest, LeavesOtherFilesAlone) {
  write("farm-results 2\nwhatever a later farm has written");
  EXPECT_THROW(open(), Error);
  EXPECT_EQ(text(path()), "farm-results 2\nwhatever a later farm has written");
}

}  // namespace
}  // namespace farm
