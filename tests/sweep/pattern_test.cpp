#include "sweep/pattern.hpp"

#include <gtest/gtest.h>

namespace farm {
namespace {

const std::vector<std::string> names{"T", "file", "n"};
const std::vector<std::string> values{"0.5", "in/a b.tar.gz", "7"};

std::string fill(std::string_view text, Pattern::Insert insert = Pattern::Insert::as_is) {
  return Pattern(text, names, insert).fill(values, 42);
}

std::string error_of(std::string_view text) {
  try {
    fill(text);
  } catch (const PatternError& error) {
    return std::to_string(error.offset()) + ": " + error.what();
  }
  return "";
}

TEST(Pattern, InsertsValues) {
  EXPECT_EQ(fill(""), "");
  EXPECT_EQ(fill("plain"), "plain");
  EXPECT_EQ(fill("t={T},n={n}{n}"), "t=0.5,n=77");
  EXPECT_EQ(fill("{#}"), "42");
}

TEST(Pattern, TakesPartsOfPaths) {
  EXPECT_EQ(fill("{file}|{file/}|{file//}|{file.}|{file/.}"), "in/a b.tar.gz|a b.tar.gz|in|in/a b.tar|a b.tar");
}

TEST(Pattern, QuotesForAShell) {
  EXPECT_EQ(fill("sim {T} {file/}", Pattern::Insert::quoted), "sim 0.5 'a b.tar.gz'");
  EXPECT_EQ(fill("{n:>3}", Pattern::Insert::quoted), "'  7'");
}

TEST(Pattern, Formats) {
  EXPECT_EQ(fill("{T:06.2f}"), "000.50");
  EXPECT_EQ(fill("{n:03d}"), "007");
  EXPECT_EQ(fill("{n:.1f}"), "7.0");
  EXPECT_EQ(fill("{n:>4}"), "   7");
  EXPECT_EQ(fill("{n:*^5}"), "**7**");
  EXPECT_EQ(fill("{T:e}"), "5.000000e-01");
  EXPECT_EQ(fill("{file/:<12}|"), "a b.tar.gz  |");
  EXPECT_EQ(fill("{#:05d}"), "00042");
  EXPECT_EQ(fill("{n:x}"), "7");
  EXPECT_EQ(Pattern("{a:02d}", {"a"}, Pattern::Insert::as_is).fill({"3.0"}, 1), "03");
}

TEST(Pattern, ADoubledBraceIsOne) {
  EXPECT_EQ(fill("awk '{{print $1}}' {n}"), "awk '{print $1}' 7");
  EXPECT_EQ(fill("${{HOME}}{{{n}}}"), "${HOME}{7}");
}

TEST(Pattern, SaysWhatIsWrongAndWhere) {
  EXPECT_EQ(error_of("x {T"), "2: this '{' is never closed; a brace is written '{{'");
  EXPECT_EQ(error_of("x T}"), "3: this '}' closes nothing; a brace is written '}}'");
  EXPECT_EQ(error_of("x {fle}"), "2: unknown placeholder '{fle}'; did you mean '{file}'?");
  EXPECT_EQ(error_of("${HOME}"),
            "1: unknown placeholder '{HOME}'; there are {T}, {file}, {n}, {#}, and {{ for a brace");
  EXPECT_EQ(error_of("x {}"), "2: unknown placeholder '{}'; there are {T}, {file}, {n}, {#}, and {{ for a brace");
  EXPECT_EQ(error_of("{n:99999d}"), "3: '99999d' is not a format; write for example 06.2f, 03d or >8");
  EXPECT_EQ(error_of("{n:c}"), "3: 'c' is not a format; write for example 06.2f, 03d or >8");
  EXPECT_EQ(error_of("{n:3.}"), "3: '3.' is not a format; write for example 06.2f, 03d or >8");
  EXPECT_EQ(error_of("a {file:03d}"), "2: 'in/a b.tar.gz' does not fit the format '03d'");
  EXPECT_EQ(error_of("a {T:d}"), "2: '0.5' does not fit the format 'd'");
}

}  // namespace
}  // namespace farm
