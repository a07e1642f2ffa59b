#include "shepherd/program_output.hpp"

#include <gtest/gtest.h>

namespace farm {
namespace {

using namespace std::chrono_literals;

TEST(ProgramOutput, IsAllOfIt) {
  EXPECT_EQ(program_output({"printf", "%s\\n", "a b"}, 30s), "a b\n");
  EXPECT_EQ(program_output({"sh", "-c", "head -c 300000 /dev/zero; echo unheard >&2"}, 30s), std::string(300000, '\0'));
  EXPECT_EQ(program_output({"cat"}, 30s), "") << "nothing to read";
}

TEST(ProgramOutput, IsNoneWithoutAProgramOrWithItsFailure) {
  EXPECT_FALSE(program_output({"/nonexistent/squeue"}, 30s));
  EXPECT_FALSE(program_output({"sh", "-c", "echo half; exit 1"}, 30s));
  EXPECT_FALSE(program_output({"sh", "-c", "echo half; kill -TERM $$"}, 30s));
}

TEST(ProgramOutput, IsNotWaitedForForever) {
  EXPECT_FALSE(program_output({"sleep", "1000"}, 50ms));
  EXPECT_FALSE(program_output({"sh", "-c", "trap '' TERM; echo half; exec sleep 1000"}, 200ms));
}

}  // namespace
}  // namespace farm
