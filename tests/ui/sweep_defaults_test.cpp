#include "ui/sweep_defaults.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "support/temp_dir.hpp"
#include "ui/sweep_line.hpp"
#include "ui/usage_error.hpp"

namespace farm {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// A home with profiles.
class Defaults : public testing::Test {
 protected:
  void profile(const std::string& name, const std::string& text) {
    std::filesystem::create_directories(home_ / ".parallel");
    home_.write(".parallel/" + name, text);
  }
  RunOptions parse(std::vector<std::string> arguments, const std::string& parallel = "") const {
    return parse_sweep_line(std::move(arguments), {.parallel = parallel, .home = home_.path()});
  }
  std::string tag(std::vector<std::string> arguments, const std::string& parallel = "") const {
    return parse(std::move(arguments), parallel).sweep->tag;
  }

  TempDir home_;
};

TEST(TypedWords, AsAShellWithoutExpansions) {
  EXPECT_THAT(typed_words("  -k --tagstring 'x  y'\n\"a'b\" c\\ d '' $HOME"),
              ElementsAre("-k", "--tagstring", "x  y", "a'b", "c d", "", "$HOME"));
  EXPECT_TRUE(typed_words(" \n").empty());
}

TEST_F(Defaults, TheLineOverrulesTheEnvironmentAndThatTheProfile) {
  profile("config", "# for all\n--tagstring profile -k\n");
  EXPECT_EQ(tag({"cmd"}), "profile");
  EXPECT_TRUE(parse({"cmd"}).keep_order);
  EXPECT_EQ(tag({"cmd"}, "--tagstring env"), "env");
  EXPECT_EQ(tag({"--tagstring", "line", "cmd"}, "--tagstring env"), "line");
  EXPECT_TRUE(parse({"cmd"}, "--tagstring env").keep_order);
}

TEST_F(Defaults, ANamedProfileInsteadOfTheUsualOne) {
  profile("config", "-k");
  profile("mine", "--tagstring mine");
  EXPECT_EQ(tag({"-J", "mine", "cmd"}), "mine");
  EXPECT_FALSE(parse({"--profile", "mine", "cmd"}).keep_order);
  EXPECT_EQ(tag({"-J", home_ / ".parallel/mine", "cmd"}), "mine");
  EXPECT_THAT(usage_error([&] { parse({"-J", "none", "cmd"}); }), HasSubstr("-J none: cannot read"));
}

TEST_F(Defaults, PlainIsWithoutThem) {
  profile("config", "--tagstring profile");
  EXPECT_EQ(tag({"--plain", "cmd"}, "--tagstring env"), "");
}

TEST_F(Defaults, TheyMayBeginTheCommand) {
  EXPECT_THAT(parse({"-k", "b", ":::", "1"}, "-j2 nice -n5").sweep->command, ElementsAre("nice", "-n5", "b"));
}

TEST_F(Defaults, AMistakeIsToldWithItsPlace) {
  EXPECT_THAT(usage_error([&] { parse({"cmd"}, "--nonsense"); }), HasSubstr("in $PARALLEL: unknown option --nonsense"));
}

}  // namespace
}  // namespace farm
