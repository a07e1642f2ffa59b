#include "sweep/placeholder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "farm/error.hpp"

namespace farm {
namespace {

using What = Placeholder::What;

std::optional<Placeholders::Found> find(std::string_view text, const ReplacementNames& names = {},
                                        std::vector<std::string> columns = {}) {
  return Placeholders(names, std::move(columns)).find(text, 0);
}

TEST(Placeholders, KnowWhatTheyStandFor) {
  EXPECT_EQ(find("{}x")->placeholder.part, PathPart::whole);
  EXPECT_EQ(find("{//}")->placeholder.part, PathPart::directory);
  EXPECT_EQ(find("{#}")->placeholder.what, What::sequence);
  EXPECT_EQ(find("{%}")->placeholder.what, What::slot);
  EXPECT_EQ(find("{= $_++ =}")->placeholder.what, What::computed);
  EXPECT_EQ(find("{/.}rest")->length, 4U);
}

TEST(Placeholders, ChooseAValueByNumberOrName) {
  EXPECT_EQ(find("{3}")->placeholder.position, 3);
  EXPECT_EQ(find("{-2/.}")->placeholder.position, -2);
  EXPECT_EQ(find("{-2/.}")->placeholder.part, PathPart::base_no_extension);
  EXPECT_EQ(find("{=2 uc =}")->placeholder.position, 2);
  EXPECT_EQ(find("{b.}", {}, {"a", "b"})->placeholder.position, 2);
  EXPECT_EQ(find("{b.}", {}, {"a", "b."})->placeholder.part, PathPart::whole);
}

TEST(Placeholders, EverythingElseIsText) {
  for (const char* text : {"{foo}", "{a,b}", "{-0}", "{1", "{", "}", "{3#}", "{:-x}", "{##}"})
    EXPECT_FALSE(find(text)) << text;
}

TEST(Placeholders, MoreOfThemForTheAsking) {
  ReplacementNames names;
  names.plus = true;
  EXPECT_EQ(find("{##}", names)->placeholder.what, What::total);
  EXPECT_EQ(find("{##a}", names)->placeholder.what, What::computed);
  EXPECT_EQ(find("{2:-x}", names)->placeholder.position, 2);
  EXPECT_EQ(find("{-1%.txt}", names)->placeholder.position, -1);
  EXPECT_FALSE(find("{x%.txt}", names));
  EXPECT_THROW(find("{%(}", names), Error);
}

TEST(Placeholders, CanBeRenamed) {
  ReplacementNames names;
  names.value = ",,";
  names.defined = {{"{gz}", "s/.gz$//"}};
  EXPECT_TRUE(find(",,", names));
  EXPECT_FALSE(find("{}", names));
  EXPECT_EQ(find("{2gz}", names)->placeholder.position, 2);
}

TEST(Placeholders, AnExpressionThatIsWrongIsShown) {
  try {
    find("{= 1 + =}");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Error::Kind::usage);
    EXPECT_THAT(error.what(), testing::HasSubstr("^"));
  }
}

}  // namespace
}  // namespace farm
