#include "manifest/complaint.hpp"

#include <gtest/gtest.h>

#include "source_reading.hpp"

namespace farm {
namespace {

TEST(Complaint, ShowsTheLineAndACaret) {
  EXPECT_EQ(render({"jobs.txt", 3, 7, "something is wrong", "first second"}),
            "jobs.txt:3:7: something is wrong\n"
            "  first second\n"
            "        ^");
}

TEST(Complaint, AtBothEndsOfTheLine) {
  EXPECT_EQ(render({"f", 1, 1, "m", "abc"}), "f:1:1: m\n  abc\n  ^");
  EXPECT_EQ(render({"f", 1, 4, "m", "abc"}), "f:1:4: m\n  abc\n     ^");
  EXPECT_EQ(render({"f", 1, 1, "m", ""}), "f:1:1: m\n  \n  ^");
}

TEST(Complaint, TheCaretFollowsWhatIsShown) {
  EXPECT_EQ(render({"f", 1, 4, "m", "\x1B\t!x"}), "f:1:4: m\n  \\x1b\\t!x\n         ^");
  EXPECT_EQ(render({"f", 1, 5, "m", "\xC3\xA4\xC3\xB6x"}), "f:1:5: m\n  \xC3\xA4\xC3\xB6x\n    ^");
}

TEST(Complaint, ALongLineIsCutAroundTheColumn) {
  const std::string line = std::string(500, 'a') + "X" + std::string(500, 'b');
  EXPECT_EQ(render({"f", 1, 501, "m", line}), "f:1:501: m\n  ..." + std::string(60, 'a') + "X" + std::string(49, 'b') +
                                                  "...\n  " + std::string(63, ' ') + "^");
}

TEST(Complaint, ACutNeverShowsHalfACharacter) {
  std::string line = "x";
  for (int i = 0; i < 200; ++i) line += "\xE2\x82\xAC";
  for (std::uint64_t column = 200; column < 203; ++column) {
    EXPECT_EQ(render({"f", 1, 2 + 3 * column, "m", line}).find("\\x"), std::string::npos) << column;
  }
}

TEST(Complaint, AFileNameCannotDriveTheTerminal) {
  EXPECT_EQ(render({"a\x1B[2J", 1, 1, "m", "x"}), "a\\x1b[2J:1:1: m\n  x\n  ^");
}

TEST(Complaints, WithoutAnyNothingIsRaised) {
  const Complaints none;
  EXPECT_TRUE(none.empty());
  EXPECT_NO_THROW(none.raise_if_any(Error::Kind::usage));
}

TEST(Complaints, AreRaisedTogether) {
  Complaints complaints;
  complaints.add({"f", 1, 1, "one", "a"});
  complaints.add({"f", 2, 1, "two", "b"});
  EXPECT_FALSE(complaints.empty());
  EXPECT_EQ(error_of([&] { complaints.raise_if_any(Error::Kind::usage); }, Error::Kind::usage),
            "f:1:1: one\n  a\n  ^\n"
            "f:2:1: two\n  b\n  ^");
  EXPECT_THROW(complaints.raise_if_any(Error::Kind::fatal), Error);
}

TEST(Complaints, AreCountedPastTheTwentieth) {
  Complaints complaints;
  for (std::uint64_t line = 1; line <= 20; ++line) complaints.add({"f", line, 1, "m", "x"});
  const std::string twenty = error_of([&] { complaints.raise_if_any(Error::Kind::usage); }, Error::Kind::usage);
  EXPECT_EQ(twenty.find("more"), std::string::npos);
  for (std::uint64_t line = 1; line <= 1234; ++line) complaints.add({"f", 20 + line, 1, "m", "x"});
  EXPECT_EQ(error_of([&] { complaints.raise_if_any(Error::Kind::usage); }, Error::Kind::usage),
            twenty + "\n... and 1,234 more");
}

TEST(Complaints, AreInTheOrderOfTheirPlaces) {
  Complaints complaints;
  Complaints later;
  for (std::uint64_t line = 30; line > 2; --line) complaints.add({"f", line, 1, "m", "x"});
  complaints.add({"f", 2, 9, "late", "x"});
  complaints.add({"f", 2, 9, "later", "x"});
  later.add({"f", 2, 1, "early", "x"});
  complaints.add(later);
  const std::string said = error_of([&] { complaints.raise_if_any(Error::Kind::usage); }, Error::Kind::usage);
  EXPECT_EQ(said.find("f:2:1: early\n  x\n  ^\nf:2:9: late\n  x\n   ^\nf:2:9: later\n  x\n   ^\nf:3:1: m"), 0U) << said;
  EXPECT_NE(said.find("f:19:1: m\n  x\n  ^\n... and 11 more"), std::string::npos) << said;
}

TEST(Complaints, WhatIsAddedOnceCountsOnce) {
  Complaints complaints;
  for (int i = 0; i < 30; ++i) complaints.add_once({"f", 1, 1, "m", "x"});
  complaints.add_once({"f", 1, 2, "m", "x"});
  EXPECT_EQ(error_of([&] { complaints.raise_if_any(Error::Kind::usage); }, Error::Kind::usage),
            "f:1:1: m\n  x\n  ^\nf:1:2: m\n  x\n   ^");
}

}  // namespace
}  // namespace farm
