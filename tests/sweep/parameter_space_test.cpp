#include "sweep/parameter_space.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace farm {
namespace {

using testing::ElementsAre;

std::vector<std::string> all(const ParameterSpace& space) {
  std::vector<std::string> combinations;
  std::vector<std::string> values;
  for (std::uint64_t i = 0; i < space.size(); ++i) {
    space.combine(i, values);
    combinations.push_back(fmt::format("{}", fmt::join(values, " ")));
  }
  return combinations;
}

std::string error_of(std::vector<std::vector<Parameter>> groups) {
  try {
    const ParameterSpace space(std::move(groups));
  } catch (const ValueError& error) {
    return error.what();
  }
  return "";
}

TEST(ParameterSpace, TheLastGroupIsFastest) {
  const ParameterSpace space({{{"a", list_values({"x", "y"})}}, {{"b", integer_range(1, 3, 1)}}});
  EXPECT_THAT(space.names(), ElementsAre("a", "b"));
  EXPECT_THAT(all(space), ElementsAre("x 1", "x 2", "x 3", "y 1", "y 2", "y 3"));
}

TEST(ParameterSpace, TheParametersOfAGroupGoTogether) {
  const ParameterSpace space(
      {{{"a", list_values({"x", "y"})}, {"b", list_values({"1", "2"})}}, {{"c", list_values({"p", "q"})}}});
  EXPECT_THAT(all(space), ElementsAre("x 1 p", "x 1 q", "y 2 p", "y 2 q"));
}

TEST(ParameterSpace, AProductOfTenThousandsIsThereAtOnce) {
  std::vector<std::vector<Parameter>> groups;
  for (int i = 0; i < 6; ++i)
    groups.push_back({{std::string(1, static_cast<char>('a' + i)), integer_range(0, 999, 1)}});
  const ParameterSpace space(std::move(groups));
  EXPECT_EQ(space.size(), 1'000'000'000'000'000'000U);
  std::vector<std::string> values;
  space.combine(123'456'789'012'345'678U, values);
  EXPECT_THAT(values, ElementsAre("123", "456", "789", "12", "345", "678"));
}

TEST(ParameterSpace, WithoutParametersThereIsOneCombination) { EXPECT_THAT(all(ParameterSpace({})), ElementsAre("")); }

TEST(ParameterSpace, SaysWhatDoesNotGo) {
  EXPECT_EQ(error_of({{{"a", integer_range(1, 3, 1)}, {"b", integer_range(1, 4, 1)}}}),
            "'a' and 'b' go together, but have 3 and 4 values");
  EXPECT_EQ(error_of({{{"a", integer_range(1, 5'000'000'000, 1)}}, {{"b", integer_range(1, 5'000'000'000, 1)}}}),
            "5,000,000,000 x 5,000,000,000 combinations are more than 2^63");
  EXPECT_EQ(error_of({{{"a", integer_range(1, 3'037'000'500, 1)}}, {{"b", integer_range(1, 3'037'000'500, 1)}}}),
            "3,037,000,500 x 3,037,000,500 combinations are more than 2^63");
}

}  // namespace
}  // namespace farm
