#include "ui/walltime.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ctime>

#include "ui/usage_error.hpp"

namespace farm {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

constexpr Nanos now = 1'800'000'000s;

Nanos end_of(const char* text) { return parse_walltime(text, now).at; }

std::string refusal(const char* text) {
  return usage_error([&] { parse_walltime(text, now); });
}

TEST(Walltime, IsATimeFromNowOn) {
  EXPECT_EQ(end_of("90"), now + 90s);
  EXPECT_EQ(end_of("90m"), now + 90min);
  EXPECT_EQ(end_of("1h30m"), now + 90min);
  EXPECT_EQ(end_of("1d12h"), now + 36h);
  EXPECT_EQ(end_of("1d2h3m4s"), now + 26h + 3min + 4s);
  EXPECT_EQ(end_of("1-12:00:00"), now + 36h);
  EXPECT_EQ(end_of("12:30:00"), now + 12h + 30min);
}

TEST(Walltime, IsTheLengthOfTheAllocationUnlessItIsAMoment) {
  EXPECT_EQ(parse_walltime("1h30m", now).length, 90min);
  EXPECT_EQ(parse_walltime("12:30:00", now).length, 12h + 30min);
  EXPECT_EQ(parse_walltime("2100-12-31T18:00", now).length, std::nullopt);
}

TEST(Walltime, IsAMomentInLocalTime) {
  std::tm parts{};
  parts.tm_year = 2030 - 1900;
  parts.tm_mon = 11;
  parts.tm_mday = 31;
  parts.tm_hour = 18;
  parts.tm_isdst = -1;
  const Nanos moment = std::chrono::seconds(std::mktime(&parts));
  EXPECT_EQ(end_of("2030-12-31T18:00"), moment);
  EXPECT_EQ(end_of("2030-12-31 18:00:07"), moment + 7s);
}

TEST(Walltime, RefusesNoTimeAtAll) {
  for (const char* text : {"0", "0h0m", "00:00:00"}) {
    EXPECT_THAT(refusal(text), HasSubstr("no time is left")) << text;
  }
}

TEST(Walltime, RefusesThePast) {
  EXPECT_THAT(refusal("2001-01-01T00:00"), HasSubstr("'2001-01-01T00:00': that is in the past"));
}

TEST(Walltime, RefusesEverythingElseWithExamples) {
  for (const char* text : {"", "soon", "-5", "1h 30m", "30m1h", "1h1h", "h", "1h30", "25-12:00", "2030-12-31",
                           "2030-13-01T00:00", "2030-12-31T18:00Z", "2030-02-30T18:00", "106751d", "106751d23h"}) {
    EXPECT_THAT(refusal(text), HasSubstr("1h30m")) << text;
  }
}

}  // namespace
}  // namespace farm
