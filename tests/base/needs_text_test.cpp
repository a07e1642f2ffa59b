#include "base/needs_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

namespace farm {
namespace {

using End = RetryCondition::End;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

template <class Action>
std::string trouble(const Action& action) {
  try {
    action();
  } catch (const NeedsError& error) {
    return error.what();
  }
  return "";
}
std::string trouble_of_rule(std::string_view text) {
  return trouble([&] { parse_retry_rule(text); });
}
std::string trouble_of_tokens(std::string_view text) {
  return trouble([&] { parse_tokens(text); });
}

TEST(RetryRuleText, NamesEveryEnd) {
  EXPECT_THAT(parse_retry_rule("exit:75, signal:KILL,timeout*2 memory*1.5\tnot_started").conditions,
              ElementsAre(RetryCondition{End::exit, 75, 1}, RetryCondition{End::signal, SIGKILL, 1},
                          RetryCondition{End::timeout, std::nullopt, 2}, RetryCondition{End::memory, std::nullopt, 1.5},
                          RetryCondition{End::not_started, std::nullopt, 1}));
  EXPECT_THAT(parse_retry_rule("exit signal timeout memory").conditions,
              ElementsAre(RetryCondition{End::exit, std::nullopt, 1}, RetryCondition{End::signal, std::nullopt, 1},
                          RetryCondition{End::timeout, std::nullopt, 1}, RetryCondition{End::memory, std::nullopt, 1}));
}

TEST(RetryRuleText, KnowsSignalsByNameAndNumber) {
  for (const char* text : {"signal:TERM", "signal:SIGTERM", "signal:15"}) {
    EXPECT_THAT(parse_retry_rule(text).conditions, ElementsAre(RetryCondition{End::signal, SIGTERM, 1})) << text;
  }
}

TEST(RetryRuleText, RefusesWhatNoTaskEndsWith) {
  EXPECT_THAT(trouble_of_rule("exit:0"), HasSubstr("no task that fails has the exit status '0'"));
  EXPECT_THAT(trouble_of_rule("exit:256"), HasSubstr("1 to 255"));
  EXPECT_THAT(trouble_of_rule("exit:-1"), HasSubstr("'-1'"));
  EXPECT_THAT(trouble_of_rule("exit:"), HasSubstr("''"));
  EXPECT_THAT(trouble_of_rule("signal:0"), HasSubstr("'0' is not a signal"));
  EXPECT_THAT(trouble_of_rule("signal:65"), HasSubstr("'65' is not a signal"));
  EXPECT_THAT(trouble_of_rule("signal:KLIL"), HasSubstr("'KLIL' is not a signal"));
  EXPECT_THAT(trouble_of_rule("timoeut*2"), HasSubstr("unknown end 'timoeut'; did you mean 'timeout'?"));
  EXPECT_THAT(trouble_of_rule("xyzzy"), HasSubstr("there are exit:CODE"));
  EXPECT_THAT(trouble_of_rule(""), HasSubstr("there is no end in it"));
  EXPECT_THAT(trouble_of_rule(" , "), HasSubstr("there is no end in it"));
}

TEST(RetryRuleText, TellsAllThatIsWrong) {
  EXPECT_EQ(trouble_of_rule("exit:300,timeout,signal:FOO"),
            "no task that fails has the exit status '300'; there are 1 to 255; and 'FOO' is not a signal; write its "
            "name, such as KILL, or its number");
  EXPECT_EQ(trouble_of_tokens("db=0 key"),
            "'0' is not a number of tokens; write a whole number from 1; and expected NAME=COUNT, found 'key'; for "
            "example db=1");
}

TEST(RetryRuleText, OnlyLimitsGrowAndNeverShrink) {
  EXPECT_THAT(trouble_of_rule("exit*2"), HasSubstr("'exit' has no limit that could grow"));
  EXPECT_THAT(trouble_of_rule("not_started*2"), HasSubstr("no limit"));
  EXPECT_THAT(trouble_of_rule("timeout:2"), HasSubstr("takes no ':'"));
  for (const char* factor : {"0.5", "0", "-2", "", "1e9", "inf", "nan", "1001", "2x", "1.2.3"}) {
    EXPECT_THAT(trouble_of_rule(std::string("memory*") + factor), HasSubstr("a factor from 1 to 1000")) << factor;
  }
  EXPECT_EQ(parse_retry_rule("memory*1").conditions.front().growth, 1);
  EXPECT_THAT(trouble_of_rule("timeout*2 timeout*3"), HasSubstr("two factors"));
}

TEST(TokensText, AreNamesAndCounts) {
  EXPECT_THAT(parse_tokens("db=1,licence=2"), ElementsAre(Pair("db", 1), Pair("licence", 2)));
  EXPECT_THAT(parse_tokens(" a.b-c_1=4294967295 "), ElementsAre(Pair("a.b-c_1", 4294967295U)));
  EXPECT_THAT(parse_tokens(""), IsEmpty());
}

TEST(TokensText, RefusesOthers) {
  EXPECT_THAT(trouble_of_tokens("db"), HasSubstr("expected NAME=COUNT, found 'db'"));
  EXPECT_THAT(trouble_of_tokens("=1"), HasSubstr("'' is not a name for a token"));
  EXPECT_THAT(trouble_of_tokens("d/b=1"), HasSubstr("'d/b' is not a name"));
  EXPECT_THAT(trouble_of_tokens("db=1 db=2"), HasSubstr("'db' is given twice"));
  for (const char* count : {"0", "-1", "1.5", "4294967296", "", "x"}) {
    EXPECT_THAT(trouble_of_tokens(std::string("db=") + count), HasSubstr("is not a number of tokens")) << count;
  }
}

}  // namespace
}  // namespace farm
