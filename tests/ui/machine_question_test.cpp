#include "ui/machine_question.hpp"

#include <gtest/gtest.h>

#include "farm/error.hpp"
#include "ui/command_line.hpp"

namespace farm {
namespace {

std::uint64_t number(const std::string& question) { return std::stoull(answer_question({question}).value()); }

TEST(MachineQuestion, CountsTheParts) {
  EXPECT_GE(number("--number-of-sockets"), 1U);
  EXPECT_GE(number("--number-of-cores"), number("--number-of-sockets"));
  EXPECT_GE(number("--number-of-threads"), number("--number-of-cores"));
  EXPECT_EQ(number("--number-of-cpus"), number("--number-of-cores"));
}

TEST(MachineQuestion, AVersionThatIsOldEnough) {
  EXPECT_EQ(answer_question({"--minversion", "20130222"}), "20221122\n");
  EXPECT_EQ(answer_question({"--minversion=20221122"}), "20221122\n");
  try {
    answer_question({"--minversion", "20221123"});
    FAIL() << "a later version was taken";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Error::Kind::fatal);
  }
  EXPECT_THROW(answer_question({"--minversion", "new"}), Error);
  EXPECT_THROW(answer_question({"--minversion"}), Error);
}

TEST(MachineQuestion, OtherWordsAreNone) {
  EXPECT_EQ(answer_question({}), std::nullopt);
  EXPECT_EQ(answer_question({"-j2", "--number-of-cores"}), std::nullopt);
  EXPECT_EQ(answer_question({"--number-of-gpus"}), std::nullopt);
}

TEST(MachineQuestion, StandsBehindSweepOnly) {
  const char* const sweep[] = {"farm", "sweep", "--minversion", "20130222"};
  EXPECT_EQ(std::get<PrintCommand>(parse_command_line(4, sweep)).text, "20221122\n");
  const char* const run[] = {"farm", "jobs.txt", "--minversion", "20130222"};
  EXPECT_THROW(parse_command_line(4, run), Error);
}

}  // namespace
}  // namespace farm
