#include "base/variables.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

namespace farm {
namespace {

TEST(Variables, AreThoseOfThisProcess) {
  ASSERT_EQ(::setenv("FARM_TEST_VARIABLE", "a=b", 1), 0);
  ASSERT_EQ(::setenv("FARM_TEST_EMPTY", "", 1), 0);
  const Variables variables = read_variables();
  EXPECT_EQ(find_variable(variables, "FARM_TEST_VARIABLE"), "a=b");
  EXPECT_EQ(find_variable(variables, "FARM_TEST_EMPTY"), "") << "set, though empty";
  EXPECT_FALSE(find_variable(variables, "FARM_TEST_NOT_SET"));
  ::unsetenv("FARM_TEST_VARIABLE");
  ::unsetenv("FARM_TEST_EMPTY");
}

}  // namespace
}  // namespace farm
