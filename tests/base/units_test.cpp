#include "base/units.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace farm {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::nanoseconds;

TEST(ParseCount, TakesDecimalDigits) {
  EXPECT_EQ(parse_count("0"), 0U);
  EXPECT_EQ(parse_count("007"), 7U);
  EXPECT_EQ(parse_count("18446744073709551615"), std::numeric_limits<std::uint64_t>::max());
}

TEST(ParseCount, RefusesEverythingElse) {
  for (const char* text : {"", "-1", "+1", " 1", "1 ", "0x10", "1.5", "1e3", "18446744073709551616", "ten"}) {
    EXPECT_FALSE(parse_count(text)) << text;
  }
}

TEST(ParseDuration, TakesSecondsAndUnits) {
  EXPECT_EQ(parse_duration("0"), Nanos::zero());
  EXPECT_EQ(parse_duration("5"), std::chrono::seconds(5));
  EXPECT_EQ(parse_duration("0.5s"), milliseconds(500));
  EXPECT_EQ(parse_duration("0.1"), milliseconds(100));
  EXPECT_EQ(parse_duration("250ms"), milliseconds(250));
  EXPECT_EQ(parse_duration("2m"), minutes(2));
  EXPECT_EQ(parse_duration("1.5h"), minutes(90));
  EXPECT_EQ(parse_duration("7d"), hours(7 * 24));
  EXPECT_EQ(parse_duration("0.000000001"), nanoseconds(1));
  EXPECT_EQ(parse_duration("123456789.123456789s"), nanoseconds(123456789123456789));
}

TEST(ParseDuration, RefusesEverythingElse) {
  for (const char* text : {"", "s", ".", ".5", "5.", "1.2.3", "-1", "+1", " 1", "1 s", "1S", "1x", "1e3", "inf", "nan",
                           "0x1", "1ss", "1us", "1h30m"}) {
    EXPECT_FALSE(parse_duration(text)) << text;
  }
}

TEST(ParseDuration, RefusesWhatDoesNotFit) {
  EXPECT_TRUE(parse_duration("9223372036s"));
  EXPECT_FALSE(parse_duration("9223372037s"));
  EXPECT_FALSE(parse_duration("106752d"));
  EXPECT_FALSE(parse_duration(std::string(10'000, '9')));
}

TEST(ParseBytes, TakesBytesAndUnits) {
  EXPECT_EQ(parse_bytes("0"), 0U);
  EXPECT_EQ(parse_bytes("512B"), 512U);
  EXPECT_EQ(parse_bytes("2K"), 2048U);
  EXPECT_EQ(parse_bytes("2KiB"), 2048U);
  EXPECT_EQ(parse_bytes("2k"), 2000U);
  EXPECT_EQ(parse_bytes("2KB"), 2000U);
  EXPECT_EQ(parse_bytes("1.5G"), std::uint64_t{3} << 29);
  EXPECT_EQ(parse_bytes("1P"), std::uint64_t{1} << 50);
}

TEST(ParseBytes, RefusesEverythingElse) {
  for (const char* text : {"", "G", "-1", "1X", "1Gb", "1GiBs", " 1", "1 G", "1e3", "99999999P", "1."}) {
    EXPECT_FALSE(parse_bytes(text)) << text;
  }
}

TEST(FormatDuration, IsForPeople) {
  EXPECT_EQ(format_duration(Nanos::zero()), "0 s");
  EXPECT_EQ(format_duration(milliseconds(4)), "0.004 s");
  EXPECT_EQ(format_duration(milliseconds(400)), "0.4 s");
  EXPECT_EQ(format_duration(milliseconds(12345)), "12.3 s");
  EXPECT_EQ(format_duration(std::chrono::seconds(187)), "3m07s");
  EXPECT_EQ(format_duration(minutes(125)), "2h05m");
  EXPECT_EQ(format_duration(hours(76)), "3d04h");
}

TEST(FormatDuration, RoundingCarriesIntoTheNextForm) {
  EXPECT_EQ(format_duration(milliseconds(59'949)), "59.9 s");
  EXPECT_EQ(format_duration(milliseconds(59'960)), "1m00s");
  EXPECT_EQ(format_duration(milliseconds(3'599'400)), "59m59s");
  EXPECT_EQ(format_duration(milliseconds(3'599'600)), "1h00m");
  EXPECT_EQ(format_duration(std::chrono::seconds(86'399)), "1d00h");
  EXPECT_EQ(format_duration(Nanos::max()), "106752d00h");
}

TEST(FormatBytes, UsesBinaryUnits) {
  EXPECT_EQ(format_bytes(0), "0 B");
  EXPECT_EQ(format_bytes(512), "512 B");
  EXPECT_EQ(format_bytes(1023), "1023 B");
  EXPECT_EQ(format_bytes(1024), "1.0 KiB");
  EXPECT_EQ(format_bytes(1536), "1.5 KiB");
  EXPECT_EQ(format_bytes(1024 * 1024 - 1), "1.0 MiB");
  EXPECT_EQ(format_bytes(3435973837), "3.2 GiB");
  EXPECT_EQ(format_bytes(std::numeric_limits<std::uint64_t>::max()), "16.0 EiB");
}

TEST(FormatCount, GroupsByThousands) {
  EXPECT_EQ(format_count(0), "0");
  EXPECT_EQ(format_count(999), "999");
  EXPECT_EQ(format_count(1000), "1,000");
  EXPECT_EQ(format_count(1234567), "1,234,567");
  EXPECT_EQ(format_count(std::numeric_limits<std::uint64_t>::max()), "18,446,744,073,709,551,615");
}

}  // namespace
}  // namespace farm
