#include "sweep/written_files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace farm {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(WrittenFiles, RedirectionsAndOutputOptions) {
  EXPECT_THAT(written_files("sim a > a.out"), ElementsAre("a.out"));
  EXPECT_THAT(written_files("sim a >a.out 2>&1"), ElementsAre("a.out"));
  EXPECT_THAT(written_files("sim --out 'a b.csv' -v"), ElementsAre("a b.csv"));
  EXPECT_THAT(written_files("cc -o prog x.c; y --output=z"), ElementsAre("prog", "z"));
}

TEST(WrittenFiles, NotWhatIsAddedToOrUnknown) {
  EXPECT_THAT(written_files("sim >> log"), IsEmpty());
  EXPECT_THAT(written_files("sim > /dev/null"), IsEmpty());
  EXPECT_THAT(written_files("sim > \"$OUT\""), IsEmpty());
  EXPECT_THAT(written_files("echo '> x'"), IsEmpty());
  EXPECT_THAT(written_files("sim >"), IsEmpty());
}

TEST(FirstProgram, IsTheFirstWordWhenThatIsOne) {
  EXPECT_EQ(first_program("sim a b"), "sim");
  EXPECT_EQ(first_program("'my prog' x"), "my prog");
  EXPECT_EQ(first_program("./run;x"), "./run");
  EXPECT_EQ(first_program("A=1 sim"), "");
  EXPECT_EQ(first_program("(cd x; y)"), "");
  EXPECT_EQ(first_program("$PROG x"), "");
  EXPECT_EQ(first_program(""), "");
}

}  // namespace
}  // namespace farm
