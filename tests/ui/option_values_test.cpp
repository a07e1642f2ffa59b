#include "ui/option_values.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ui/usage_error.hpp"

namespace farm {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using When = HaltRule::When;
using Why = HaltRule::Why;

TEST(ParseSlots, TakesAllForms) {
  EXPECT_EQ(parse_slots("8"), (SlotRule{SlotRule::Kind::count, 8}));
  EXPECT_EQ(parse_slots("50%"), (SlotRule{SlotRule::Kind::percent, 50}));
  EXPECT_EQ(parse_slots("250%"), (SlotRule{SlotRule::Kind::percent, 250}));
  EXPECT_EQ(parse_slots("+2"), (SlotRule{SlotRule::Kind::more, 2}));
  EXPECT_EQ(parse_slots("-1"), (SlotRule{SlotRule::Kind::more, -1}));
  EXPECT_EQ(parse_slots("+0"), (SlotRule{SlotRule::Kind::more, 0}));
}

TEST(ParseSlots, RefusesZeroAndSaysWhatToWrite) {
  for (const char* text : {"0", "0%", "000"}) {
    const std::string error = usage_error([&] { parse_slots(text); });
    EXPECT_THAT(error, HasSubstr(": at least one slot is needed")) << text;
    EXPECT_THAT(error, HasSubstr("-j 100%")) << text;
  }
}

TEST(ParseSlots, RefusesWhatIsNoNumber) {
  for (const char* text : {"", "x", "4.5", "%", "+", "-", "+-1", "--1", "-50%", "4k", " 4", "99999999", "1e3"}) {
    EXPECT_THAT(usage_error([&] { parse_slots(text); }), HasSubstr("expected slots per node")) << text;
  }
}

TEST(ParseHeartbeat, IsATimeOfAtLeastASecondOrNone) {
  EXPECT_EQ(parse_heartbeat("1m"), 1min);
  EXPECT_EQ(parse_heartbeat("1"), 1s);
  EXPECT_EQ(parse_heartbeat("0"), 0s);
  EXPECT_THAT(usage_error([&] { parse_heartbeat("soon"); }), HasSubstr("0 for never"));
  EXPECT_THAT(usage_error([&] { parse_heartbeat("10ms"); }), HasSubstr("silent for a second"));
}

TEST(ParseShard, TakesAPartOfAll) {
  EXPECT_EQ(parse_shard("2/4"), (Shard{2, 4}));
  EXPECT_EQ(parse_shard("1/1"), (Shard{1, 1}));
  EXPECT_EQ(parse_shard("1000000/1000000"), (Shard{1'000'000, 1'000'000}));
}

TEST(ParseShard, RefusesTheRestWithAnExample) {
  for (const char* text : {"", "2", "/", "2/", "/4", "a/4", "1/b", "1/2/3", "-1/4", "1/1000001", "1 / 2"}) {
    EXPECT_THAT(usage_error([&] { parse_shard(text); }), HasSubstr("such as 2/4")) << text;
  }
  for (const char* text : {"0/4", "5/4", "0/0", "1/0"}) {
    EXPECT_THAT(usage_error([&] { parse_shard(text); }), HasSubstr("shards are counted from 1")) << text;
  }
}

TEST(ParseHalt, TakesTheWordForms) {
  EXPECT_EQ(parse_halt("never"), HaltRule{});
  EXPECT_EQ(parse_halt("soon,fail=3"), (HaltRule{When::soon, Why::fail, 3, 0}));
  EXPECT_EQ(parse_halt("now,success=1"), (HaltRule{When::now, Why::success, 1, 0}));
  EXPECT_EQ(parse_halt("now,done=100"), (HaltRule{When::now, Why::done, 100, 0}));
  EXPECT_EQ(parse_halt("soon,fail=10%"), (HaltRule{When::soon, Why::fail, 0, 10}));
  EXPECT_EQ(parse_halt("now,done=100%"), (HaltRule{When::now, Why::done, 0, 100}));
  EXPECT_EQ(parse_halt("soon,fail=0.5%"), (HaltRule{When::soon, Why::fail, 0, 0.5}));
}

TEST(ParseHalt, TakesTheOldForms) {
  EXPECT_EQ(parse_halt("0"), HaltRule{});
  EXPECT_EQ(parse_halt("1"), (HaltRule{When::soon, Why::fail, 1, 0}));
  EXPECT_EQ(parse_halt("2"), (HaltRule{When::now, Why::fail, 1, 0}));
  EXPECT_EQ(parse_halt("-1"), (HaltRule{When::soon, Why::success, 1, 0}));
  EXPECT_EQ(parse_halt("-2"), (HaltRule{When::now, Why::success, 1, 0}));
  EXPECT_EQ(parse_halt("1%"), (HaltRule{When::soon, Why::fail, 0, 1}));
  EXPECT_EQ(parse_halt("99%"), (HaltRule{When::soon, Why::fail, 0, 99}));
}

TEST(ParseHalt, RefusesTheRestWithAnExample) {
  for (const char* text : {"",
                           "3",
                           "soon",
                           "now,fail",
                           "now,fail=",
                           "now,fail=0",
                           "now,fail=0%",
                           "now,fail=101%",
                           "later,fail=1",
                           "now,fails=1",
                           "now, fail=1",
                           "now,fail=-1",
                           "now,fail=x%",
                           "now,fail=nan%",
                           "0%",
                           "101%",
                           "%",
                           "never,fail=1",
                           "fail=1",
                           "now,fail=1e1%"}) {
    EXPECT_THAT(usage_error([&] { parse_halt(text); }), HasSubstr("as in --halt soon,fail=3")) << text;
  }
}

TEST(ParseWords, TakesEveryWord) {
  EXPECT_EQ(parse_durability("task"), Durability::task);
  EXPECT_EQ(parse_durability("200ms"), Durability::interval);
  EXPECT_EQ(parse_durability("none"), Durability::none);
  EXPECT_EQ(parse_progress("auto"), ProgressMode::automatic);
  EXPECT_EQ(parse_progress("bar"), ProgressMode::bar);
  EXPECT_EQ(parse_progress("plain"), ProgressMode::plain);
  EXPECT_EQ(parse_progress("json"), ProgressMode::json);
  EXPECT_EQ(parse_progress("none"), ProgressMode::none);
}

TEST(ParseWords, NamesTheWordsThereAre) {
  EXPECT_EQ(usage_error([] { parse_durability("100ms"); }), "--durability 100ms: expected task, 200ms or none");
  EXPECT_EQ(usage_error([] { parse_progress("yes"); }), "--progress yes: expected auto, bar, plain, json or none");
}

TEST(ParseNumber, SaysWhatIsCounted) {
  EXPECT_EQ(parse_number("--n", "0", "sheep"), 0U);
  EXPECT_EQ(parse_number("--n", "4294967295", "sheep"), 4294967295U);
  EXPECT_EQ(usage_error([] { parse_number("--n", "4294967296", "sheep"); }),
            "--n 4294967296: expected sheep as a whole number from 0 to 4294967295");
  for (const char* text : {"", "-1", "1.5", "ten", "1 "}) {
    EXPECT_THAT(usage_error([&] { parse_number("--n", text, "sheep"); }), HasSubstr("expected sheep")) << text;
  }
}

TEST(ParseTime, TakesUnits) {
  EXPECT_EQ(parse_time("--t", "90", "the time"), 90s);
  EXPECT_EQ(parse_time("--t", "1.5h", "the time"), 90min);
  EXPECT_EQ(parse_time("--t", "0", "the time"), 0s);
  for (const char* text : {"", "-1", "5x", "1h30", "soon"}) {
    EXPECT_THAT(usage_error([&] { parse_time("--t", text, "the time"); }), HasSubstr("expected the time in seconds"))
        << text;
  }
}

TEST(OptionErrors, AreFitForATerminal) {
  const std::string error = usage_error([] { parse_progress("\x1b[2J"); });
  EXPECT_EQ(error.find('\x1b'), std::string::npos) << error;
}

TEST(ReadTimeout, TakesATimeOrAPercentage) {
  RunOptions options;
  read_timeout("90", options);
  EXPECT_EQ(options.timeout, 90s);
  read_timeout("250.5%", options);
  EXPECT_EQ(options.timeout, std::nullopt);
  EXPECT_EQ(options.timeout_percent, 250.5);
  read_timeout("0", options);
  EXPECT_EQ(options.timeout, std::nullopt);
  EXPECT_EQ(options.timeout_percent, std::nullopt);
  for (const char* text : {"%", "0%", "-5%", "x%", "nan%", "inf%"}) {
    EXPECT_THAT(usage_error([&] { read_timeout(text, options); }), HasSubstr("200%")) << text;
  }
}

TEST(ReadDelay, MayGrow) {
  RunOptions options;
  read_delay("0.1auto", options);
  EXPECT_EQ(options.delay, 100ms);
  EXPECT_TRUE(options.delay_grows);
  read_delay("2", options);
  EXPECT_FALSE(options.delay_grows);
  EXPECT_THAT(usage_error([&] { read_delay("auto", options); }), HasSubstr("--delay"));
  EXPECT_THAT(usage_error([&] { read_delay("auto", options); }), HasSubstr("--delay auto: "));
  EXPECT_THAT(usage_error([&] { read_delay("1xauto", options); }), HasSubstr("--delay 1xauto: "));
}

TEST(ParseLoad, TakesTheFormsOfSlots) {
  EXPECT_EQ(parse_load("75%"), (SlotRule{SlotRule::Kind::percent, 75}));
  EXPECT_EQ(parse_load("-1"), (SlotRule{SlotRule::Kind::more, -1}));
  for (const char* text : {"", "0", "0%", "x", "1.5"}) {
    EXPECT_THAT(usage_error([&] { parse_load(text); }), HasSubstr("--load")) << text;
  }
}

TEST(ParseNice, StaysInTheKernelsRange) {
  EXPECT_EQ(parse_nice("19"), 19);
  EXPECT_EQ(parse_nice("-20"), -20);
  for (const char* text : {"20", "-21", "", "x", "1.5", "5 "}) {
    EXPECT_THAT(usage_error([&] { parse_nice(text); }), HasSubstr("from -20 to 19")) << text;
  }
}

TEST(ParseVariable, TakesWhatAShellCanName) {
  EXPECT_EQ(parse_variable("--v", "CUDA_VISIBLE_DEVICES"), "CUDA_VISIBLE_DEVICES");
  for (const char* text : {"", "1A", "A=B", "A-B", "A B"}) {
    EXPECT_THAT(usage_error([&] { parse_variable("--v", text); }), HasSubstr("--v")) << text;
  }
}

TEST(ParseSize, SaysWhatItTakes) {
  EXPECT_EQ(parse_size("--memfree", "2G", "it"), std::uint64_t{2} << 30);
  EXPECT_THAT(usage_error([&] { parse_size("--memfree", "much", "it"); }), HasSubstr("500M"));
}

TEST(ReadJoblogOption, PlusAdds) {
  RunOptions options;
  read_joblog_option("+a/log", options);
  EXPECT_EQ(options.joblog, "a/log");
  EXPECT_TRUE(options.append_joblog);
  read_joblog_option("log", options);
  EXPECT_FALSE(options.append_joblog);
  EXPECT_THAT(usage_error([&] { read_joblog_option("+", options); }), HasSubstr("--joblog"));
}

TEST(ReadResults, TablesGoByTheirEnding) {
  RunOptions options;
  read_results("-.json", options);
  EXPECT_EQ(options.results_table, "-.json");
  read_results("out.csv/", options);
  EXPECT_EQ(options.results_table, "");
  EXPECT_EQ(options.results, "out.csv/");
  EXPECT_THAT(usage_error([&] { read_results("", options); }), HasSubstr("--results"));
}

TEST(ParseNode, TakesWhatANodeMayHave) {
  EXPECT_EQ(parse_node_memory("1.5T"), std::uint64_t{3} << 39);
  EXPECT_EQ(parse_node_cpus("256"), 256U);
  EXPECT_EQ(parse_node_gpus("0"), 0U);
}

TEST(ParseNode, RefusesNodesThatRunNothingAndThoseNobodyHas) {
  EXPECT_THAT(usage_error([&] { parse_node_memory("0"); }), HasSubstr("--node-mem 0: a node without memory"));
  EXPECT_THAT(usage_error([&] { parse_node_memory("-1G"); }), HasSubstr("--node-mem -1G: expected"));
  EXPECT_THAT(usage_error([&] { parse_node_cpus("0"); }), HasSubstr("--node-cpus 0: a node without processors"));
  EXPECT_THAT(usage_error([&] { parse_node_cpus("4294967295"); }), HasSubstr("no node has more"));
  EXPECT_THAT(usage_error([&] { parse_node_cpus("two"); }), HasSubstr("--node-cpus two: expected"));
  EXPECT_THAT(usage_error([&] { parse_node_gpus("5000"); }), HasSubstr("no node has more than 4096"));
}

}  // namespace
}  // namespace farm
