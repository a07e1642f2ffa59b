#include "node/up_to_date.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include "support/temp_dir.hpp"

namespace farm {
namespace {

using namespace std::chrono_literals;

class UpToDateTest : public testing::Test {
 protected:
  std::string file(const std::string& name, std::chrono::seconds age) {
    const std::string path = temp_.write(name, "");
    std::filesystem::last_write_time(path, now_ - age);
    return path;
  }
  TempDir temp_;
  std::filesystem::file_time_type now_ = std::filesystem::file_time_type::clock::now();
};

TEST_F(UpToDateTest, NoInputIsNewerThanAnyOutput) {
  const std::string oldest = file("oldest", 30s);
  const std::string middle = file("middle", 20s);
  const std::string same = file("same", 20s);
  const std::string newest = file("newest", 10s);
  EXPECT_TRUE(is_up_to_date({oldest, middle}, {newest}));
  EXPECT_TRUE(is_up_to_date({middle}, {same})) << "as make has it";
  EXPECT_FALSE(is_up_to_date({newest, oldest}, {middle}));
  EXPECT_FALSE(is_up_to_date({middle}, {newest, oldest}));
  EXPECT_TRUE(is_up_to_date({}, {oldest})) << "there is nothing it could be older than";
}

TEST_F(UpToDateTest, WhatIsNotThereHasToBeMadeOrMissed) {
  const std::string there = file("there", 10s);
  EXPECT_FALSE(is_up_to_date({}, {there, temp_ / "none"}));
  EXPECT_FALSE(is_up_to_date({temp_ / "none"}, {there}));
  EXPECT_FALSE(is_up_to_date({there}, {}));
}

TEST_F(UpToDateTest, ALinkCountsForItsFile) {
  const std::string input = file("input", 20s);
  const std::string output = file("output", 30s);
  std::filesystem::create_symlink(output, temp_ / "link");
  EXPECT_FALSE(is_up_to_date({input}, {temp_ / "link"}));
}

}  // namespace
}  // namespace farm
