#include "sweep/output_name.hpp"

#include <gtest/gtest.h>

namespace farm {
namespace {

TEST(OutputNameTest, ValuesStayBelowWhatWasTyped) {
  EXPECT_FALSE(leads_out("out/a.txt", "out/"));
  EXPECT_FALSE(leads_out("a/b/../c", ""));
  EXPECT_FALSE(leads_out("out//etc/passwd", "out/")) << "that is out/etc/passwd";
  EXPECT_FALSE(leads_out("../a", "../"));
  EXPECT_FALSE(leads_out("/scratch/x/a", "/scratch/x/"));
  EXPECT_FALSE(leads_out("out-../../a", "out-"));
  EXPECT_FALSE(leads_out("..a", ""));
  EXPECT_FALSE(leads_out("a..", "a"));
  EXPECT_FALSE(leads_out("./a", ""));
  EXPECT_FALSE(leads_out("/dev/null", "")) << "and what is like it";
}

TEST(OutputNameTest, AndDoNotLeadOutOfIt) {
  EXPECT_TRUE(leads_out("/etc/passwd", ""));
  EXPECT_TRUE(leads_out("../a", ""));
  EXPECT_TRUE(leads_out("..", ""));
  EXPECT_TRUE(leads_out("a/../../b", ""));
  EXPECT_TRUE(leads_out("./../a", ""));
  EXPECT_TRUE(leads_out("out/../a", "out/"));
  EXPECT_TRUE(leads_out("../../a", "../"));
  EXPECT_TRUE(leads_out("../a", "..")) << "the value is '/a'";
  EXPECT_TRUE(leads_out("/scratch/x/../y", "/scratch/x/"));
  EXPECT_TRUE(leads_out("//etc", "")) << "an absolute value";
  EXPECT_TRUE(leads_out("x-a/../../b", "x-"));
}

TEST(OutputNameTest, WhatIsTypedInFullLeadsWhereItSays) {
  EXPECT_FALSE(leads_out("../a", "../a"));
  EXPECT_FALSE(leads_out("/etc/a", "/etc/a"));
  EXPECT_FALSE(leads_out("", ""));
}

TEST(OutputNameTest, TheComplaintNamesTheWayOut) {
  EXPECT_EQ(complaint_about_output("a", ""), std::nullopt);
  const std::string text = complaint_about_output("out/../\x1b", "out/").value_or("");
  EXPECT_NE(text.find("'out/../\\x1b', which leads out of 'out/'"), std::string::npos) << text;
  EXPECT_NE(text.find("--allow-outside"), std::string::npos);
}

}  // namespace
}  // namespace farm
