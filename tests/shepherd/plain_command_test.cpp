#include "shepherd/plain_command.hpp"

#include <gtest/gtest.h>

namespace farm {
namespace {

using Words = std::vector<std::string>;

TEST(PlainCommand, splits_at_blanks) {
  EXPECT_EQ(plain_command("true"), Words{"true"});
  EXPECT_EQ(plain_command("  a\tb  c "), (Words{"a", "b", "c"}));
  EXPECT_EQ(plain_command("./sim --t=1.5 -o out/a_b.txt x@y:z,1+2%"),
            (Words{"./sim", "--t=1.5", "-o", "out/a_b.txt", "x@y:z,1+2%"}));
}

TEST(PlainCommand, leaves_everything_special_to_the_shell) {
  for (const char special : std::string_view("\"'\\$`|&;<>()[]{}*?~#!^\n\r\v\f\1\x7f\x80\xff")) {
    const std::string line = std::string("a b") + special + "c";
    EXPECT_EQ(plain_command(line), std::nullopt) << line;
  }
  EXPECT_EQ(plain_command(std::string_view("a\0b", 3)), std::nullopt);
}

TEST(PlainCommand, leaves_an_assignment_to_the_shell) {
  EXPECT_EQ(plain_command("A=1 env"), std::nullopt);
  EXPECT_EQ(plain_command("A=1"), std::nullopt);
  EXPECT_NE(plain_command("env A=1"), std::nullopt);
}

TEST(PlainCommand, leaves_what_zsh_and_csh_expand_to_the_shell) {
  EXPECT_EQ(plain_command("ls =ls"), std::nullopt);
  EXPECT_EQ(plain_command("%1"), std::nullopt);
}

TEST(PlainCommand, leaves_builtins_and_reserved_words_to_the_shell) {
  for (const char* const line :
       {"echo a",    "printf a", "test a",   "kill 1", "cd /",      "exit 3", "export A", ". a",        ": a",
        "ulimit -n", "umask 0",  "wait",     "type a", "command a", "time a", "if",       "while",      "eval a",
        "exec a",    "set",      "source a", "pwd",    "read a",    "trap",   "unset a",  "zmodload a", "@ x"}) {
    EXPECT_EQ(plain_command(line), std::nullopt) << line;
  }
  EXPECT_EQ(plain_command("false"), Words{"false"});
  EXPECT_EQ(plain_command("/bin/echo echo"), (Words{"/bin/echo", "echo"}));
}

TEST(PlainCommand, leaves_nothing_to_the_shell) {
  EXPECT_EQ(plain_command(""), std::nullopt);
  EXPECT_EQ(plain_command(" \t"), std::nullopt);
}

}  // namespace
}  // namespace farm
