#include "base/text.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <memory>
#include <random>

namespace farm {
namespace {

TEST(ShellQuote, LeavesHarmlessWordsBare) {
  EXPECT_EQ(shell_quote("abc_XYZ-0.9+/x"), "abc_XYZ-0.9+/x");
  EXPECT_EQ(shell_quote("-x"), "-x");
}

TEST(ShellQuote, QuotesAsGnuParallelDoes) {
  EXPECT_EQ(shell_quote(""), "''");
  EXPECT_EQ(shell_quote("a b"), "'a b'");
  EXPECT_EQ(shell_quote("$x"), "'$x'");
  EXPECT_EQ(shell_quote("~"), "'~'");
  EXPECT_EQ(shell_quote("a=b"), "'a=b'");
  EXPECT_EQ(shell_quote("x'y"), R"('x'"'"'y')");
  EXPECT_EQ(shell_quote("'lead"), R"("'"'lead')");
  EXPECT_EQ(shell_quote("trail'"), R"('trail'"'")");
  EXPECT_EQ(shell_quote("'"), R"("'")");
  EXPECT_EQ(shell_quote("''"), R"("'"''"'")");
  EXPECT_EQ(shell_quote("a''b"), R"('a'"'"''"'"'b')");
  EXPECT_EQ(shell_quote("\xFF\n"), "'\xFF\n'");
}

std::string shell_output(const std::string& command) {
  const auto close = [](FILE* pipe) { ::pclose(pipe); };
  const std::unique_ptr<FILE, decltype(close)> pipe(::popen(command.c_str(), "r"), close);
  std::string output;
  std::array<char, 4096> buffer{};
  while (const std::size_t count = std::fread(buffer.data(), 1, buffer.size(), pipe.get())) {
    output.append(buffer.data(), count);
  }
  return output;
}

TEST(ShellQuote, IsReadBackByTheShellByteForByte) {
  std::mt19937 random(7);
  constexpr std::string_view nasty = "'\"\\$`!*?[]{}()<>|&;#~= \t\n\x01\xFF\xC3za9";
  for (int round = 0; round < 50; ++round) {
    std::string word;
    for (std::size_t size = random() % 20; size > 0; --size) word += nasty[random() % nasty.size()];
    EXPECT_EQ(shell_output("printf %s " + shell_quote(word)), word);
  }
}

TEST(Printable, LeavesTextAlone) {
  EXPECT_EQ(printable("plain \"text\" with \\ and \xC3\xA4 \xE2\x82\xAC \xF0\x9F\x8C\xB1"),
            "plain \"text\" with \\ and \xC3\xA4 \xE2\x82\xAC \xF0\x9F\x8C\xB1");
  EXPECT_EQ(printable(""), "");
}

TEST(Printable, DisarmsControlCharacters) {
  EXPECT_EQ(printable("a\nb\tc\rd"), "a\\nb\\tc\\x0dd");
  EXPECT_EQ(printable("\x1B]0;title\x07\x7F"), "\\x1b]0;title\\x07\\x7f");
  EXPECT_EQ(printable("\xC2\x9B"
                      "31m"),
            "\\xc2\\x9b31m");
  EXPECT_EQ(printable(std::string_view("\0", 1)), "\\x00");
}

TEST(Printable, ShowsBytesThatAreNotUtf8) {
  EXPECT_EQ(printable("\xFFz\xC3"), "\\xffz\\xc3");
  EXPECT_EQ(printable("\xC0\x80"), "\\xc0\\x80") << "overlong";
  EXPECT_EQ(printable("\xED\xA0\x80"), "\\xed\\xa0\\x80") << "surrogate";
}

TEST(Printable, CutsBetweenCharacters) {
  EXPECT_EQ(printable("12345678", 8), "12345678");
  EXPECT_EQ(printable("123456789", 8), "12345...");
  EXPECT_EQ(printable("1234\xC3\xA4xyz", 8), "1234...");
  EXPECT_EQ(printable("123\n56789", 8), "123\\n...");
  EXPECT_EQ(printable("1234\n56789", 8), "1234...");
  EXPECT_EQ(printable("12", 1), "...");
  EXPECT_EQ(printable(std::string(1000, 'x')).size(), 200U);
}

TEST(Utf8, IsTheStrictKind) {
  EXPECT_TRUE(is_utf8(""));
  EXPECT_TRUE(is_utf8("\xC2\x80 \xE0\xA0\x80 \xED\x9F\xBF \xEF\xBF\xBF \xF0\x90\x80\x80 \xF4\x8F\xBF\xBF"));
  for (const char* bad : {"\x80", "\xC1\xBF", "\xC3", "\xC3(", "\xE0\x9F\xBF", "\xE2\x82", "\xED\xA0\x80",
                          "\xF0\x8F\xBF\xBF", "\xF0\x9F\x8C", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "ok\xFF"}) {
    EXPECT_FALSE(is_utf8(bad)) << printable(bad);
  }
}

std::string json(std::string_view text) {
  std::string out = "before:";
  append_json_escaped(out, text);
  return out.substr(7);
}

TEST(JsonEscape, AppendsTheInsideOfAString) {
  EXPECT_EQ(json(""), "");
  EXPECT_EQ(json("plain \xC3\xA4"), "plain \xC3\xA4");
  EXPECT_EQ(json("\"\\\n\r\t\b\x1F\x7F/"), R"(\"\\\n\r\t\u0008\u001f\u007f/)");
  EXPECT_EQ(json(std::string_view("\0", 1)), "\\u0000");
  EXPECT_EQ(json("a\xFF"
                 "b\xC3"),
            "a\xEF\xBF\xBD"
            "b\xEF\xBF\xBD");
}

TEST(Nearest, FindsASlipOfTheFinger) {
  const std::vector<std::string> keys{"name", "timeout", "retries", "cwd", "tag", "env."};
  EXPECT_EQ(nearest("timout", keys), "timeout");
  EXPECT_EQ(nearest("Timeout", keys), "timeout");
  EXPECT_EQ(nearest("retires", keys), "retries");
  EXPECT_EQ(nearest("nmae", keys), "name");
  EXPECT_EQ(nearest("tga", keys), "tag");
  EXPECT_EQ(nearest("tag", keys), "tag");
}

TEST(Nearest, SaysNothingRatherThanGuess) {
  EXPECT_EQ(nearest("memory", {"name", "timeout", "tag"}), "");
  EXPECT_EQ(nearest("x", {"j"}), "");
  EXPECT_EQ(nearest("", {"name"}), "");
  EXPECT_EQ(nearest("name", {}), "");
}

TEST(Nearest, PrefersTheClosestThenTheFirst) {
  EXPECT_EQ(nearest("tags", {"tabs", "tag", "tugs"}), "tabs");
  EXPECT_EQ(nearest("timeouts", {"timed", "timeout"}), "timeout");
}

TEST(PrintableLines, KeepsNewlinesAndNothingElseThatMoves) {
  EXPECT_EQ(printable_lines(""), "");
  EXPECT_EQ(printable_lines("a\n\n  \x1b[2J^\r\n"), "a\n\n  \\x1b[2J^\\x0d\n");
  EXPECT_EQ(printable_lines(std::string(1000, 'x')), std::string(1000, 'x'));
}

}  // namespace
}  // namespace farm
