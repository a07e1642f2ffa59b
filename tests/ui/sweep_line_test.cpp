#include "ui/sweep_line.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "farm/error.hpp"
#include "support/temp_dir.hpp"
#include "ui/command_line.hpp"
#include "ui/help.hpp"

namespace farm {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Sweep sweep(std::vector<std::string> arguments) { return *parse_sweep_line(std::move(arguments)).sweep; }

std::string error(std::vector<std::string> arguments) {
  try {
    parse_sweep_line(std::move(arguments));
    return "";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Error::Kind::usage);
    return error.what();
  }
}

TEST(SweepLine, OptionsThenTheCommandThenTheSources) {
  const RunOptions options =
      parse_sweep_line({"-k", "-j4", "sim", "-j", "{1}", ":::", "a", "b", ":::+", "-k", "::::", "f"});
  EXPECT_TRUE(options.keep_order);
  EXPECT_EQ(options.slots.number, 4);
  EXPECT_THAT(options.sweep->command, ElementsAre("sim", "-j", "{1}"));
  ASSERT_EQ(options.sweep->inputs.size(), 3U);
  EXPECT_THAT(options.sweep->inputs[0].words, ElementsAre("a", "b"));
  EXPECT_TRUE(options.sweep->inputs[1].linked);
  EXPECT_THAT(options.sweep->inputs[1].words, ElementsAre("-k"));
  EXPECT_EQ(options.sweep->inputs[2].path, "f");
}

TEST(SweepLine, TriesMayDifferFromTaskToTask) {
  RunOptions options = parse_sweep_line({"--retries", "3", "sim"});
  EXPECT_EQ(options.tries, 3U);
  EXPECT_EQ(options.sweep->tries, "");
  options = parse_sweep_line({"--retries", "3", "--retries", "{2}", "sim"});
  EXPECT_EQ(options.tries, 1U);
  EXPECT_EQ(options.sweep->tries, "{2}");
  EXPECT_THAT(error({"--retries", "99999999999", "sim"}), HasSubstr("--retries"));
}

TEST(SweepLine, FilesOfOptionsComeFirst) {
  const Sweep found = sweep({"-a", "x", "--arg-file", "y", "cmd", ":::", "1"});
  ASSERT_EQ(found.inputs.size(), 3U);
  EXPECT_EQ(found.inputs[0].path, "x");
  EXPECT_EQ(found.inputs[1].path, "y");
}

TEST(SweepLine, SeparatorsCanBeRenamed) {
  EXPECT_EQ(sweep({"--arg-sep", ",,", "cmd", ":::", ",,", "a"}).inputs.size(), 1U);
  EXPECT_EQ(sweep({"--arg-file-sep", "%%", "cmd", "%%", "a", "b"}).inputs.size(), 2U);
}

TEST(SweepLine, HowManyValuesMakeATask) {
  EXPECT_EQ(sweep({"cmd"}).grouping.most, 1U);
  EXPECT_EQ(sweep({"-n3", "cmd"}).grouping.most, 3U);
  EXPECT_FALSE(sweep({"-n3", "cmd"}).grouping.repeat_word);
  EXPECT_TRUE(sweep({"-N", "3", "cmd"}).grouping.repeat_word);
  EXPECT_TRUE(sweep({"-N0", "cmd"}).grouping.no_values);
  EXPECT_TRUE(sweep({"-X", "cmd"}).grouping.fill);
  EXPECT_FALSE(sweep({"--xargs", "cmd"}).grouping.spread);
  EXPECT_TRUE(sweep({"-L2", "cmd"}).grouping.lines);
}

TEST(SweepLine, EscapesInSeparators) {
  EXPECT_EQ(sweep({"-d", "\\t", "cmd"}).separator, "\t");
  EXPECT_EQ(sweep({"-d", "\\x3b\\073", "cmd"}).separator, ";;");
  EXPECT_EQ(sweep({"-0", "cmd"}).separator, std::string(1, '\0'));
  EXPECT_THAT(error({"-d", "", "cmd"}), HasSubstr("-d"));
}

TEST(SweepLine, ColumnsAreTrimmedUnlessToldOtherwise) {
  EXPECT_EQ(sweep({"cmd"}).trim, Trim::none);
  EXPECT_EQ(sweep({"--colsep", ",", "cmd"}).trim, Trim::both);
  EXPECT_EQ(sweep({"--colsep", ",", "--trim", "n", "cmd"}).trim, Trim::none);
}

TEST(SweepLine, DataInsteadOfValues) {
  const Sweep found = sweep({"--pipe", "--block", "10k", "--recstart", ">", "-N2", "--header", ":", "cmd"});
  ASSERT_TRUE(found.pipe);
  EXPECT_EQ(found.pipe->block, 10'000);
  EXPECT_EQ(found.pipe->recstart, ">");
  EXPECT_EQ(found.pipe->records, 2U);
  EXPECT_EQ(found.pipe->header_lines, 1U);
  EXPECT_THAT(error({"--pipe", "--block", "x", "cmd"}), HasSubstr("--block"));
}

TEST(SweepLine, LongNamesMayBeCutShort) {
  EXPECT_TRUE(parse_sweep_line({"--DRY", "--keep-o", "cmd"}).dry_run);
  EXPECT_EQ(sweep({"--tags", "x", "cmd", "--dry"}).tag, "x");
  EXPECT_EQ(sweep({"--tagst=x", "cmd"}).tag, "x");
  EXPECT_THAT(sweep({"-I", "--dry", "cmd"}).command, ElementsAre("cmd"));
  EXPECT_THAT(sweep({"--hea", ":", "cmd"}).command, ElementsAre("cmd")) << "the header, not the heartbeat";
  EXPECT_EQ(parse_sweep_line({"--heartbeat", "1m", "cmd"}).heartbeat, std::chrono::minutes(1));
  EXPECT_THAT(error({"--retr", "2", "cmd"}),
              HasSubstr("--retr is the beginning of --retries, --retry-on, --retry-delay, --retry-failed"));
}

TEST(SweepLine, TheNumberOfLinesMayBeLeftOut) {
  EXPECT_EQ(sweep({"-l", "cmd"}).grouping.most, 1U);
  EXPECT_EQ(sweep({"-kl", "cmd"}).grouping.most, 1U);
  EXPECT_EQ(sweep({"-l2", "cmd"}).grouping.most, 2U);
  EXPECT_THAT(sweep({"-l", "2", "cmd"}).command, ElementsAre("cmd"));
  EXPECT_EQ(sweep({"-l", "2", "cmd"}).grouping.most, 2U);
}

TEST(SweepLine, SlotsAsGnuParallelHasThem) {
  EXPECT_EQ(parse_sweep_line({"-j0", "cmd"}).slots, (SlotRule{SlotRule::Kind::count, 250}));
  EXPECT_EQ(parse_sweep_line({"-P", "3", "cmd"}).slots.number, 3);
  const TempDir dir;
  dir.write("slots", "+2\n");
  dir.write("nothing", "");
  EXPECT_EQ(parse_sweep_line({"-j", dir / "slots", "cmd"}).slots_file, dir / "slots");
  EXPECT_EQ(parse_sweep_line({"-j", dir / "slots", "-j2", "cmd"}).slots_file, "");
  EXPECT_EQ(parse_sweep_line({"-j", dir / "slots", "cmd"}).slots, (SlotRule{SlotRule::Kind::more, 2}));
  EXPECT_THAT(error({"-j", dir / "nothing", "cmd"}), HasSubstr("first line of this file"));
  EXPECT_THAT(error({"-j", dir / "none", "cmd"}), HasSubstr("expected slots per node"));
}

TEST(SweepLine, LimitsThatFarmKnows) {
  EXPECT_EQ(parse_sweep_line({"--limit", "load 5", "cmd"}).load->number, 5);
  EXPECT_EQ(parse_sweep_line({"--limit", "mem 1k", "cmd"}).free_memory, 1000U);
  EXPECT_THAT(error({"--limit", "licence", "cmd"}), HasSubstr("until have-a-licence"));
}

TEST(SweepLine, WhatEndsARecord) {
  const PipeOptions plain = *sweep({"--pipe", "--rrs", "--recend", "\\n", "cmd"}).pipe;
  EXPECT_EQ(plain.recend, "\n");
  EXPECT_TRUE(plain.removes_separators);
  const PipeOptions regexp = *sweep({"--pipe", "--regexp", "--recend", "\\n", "cmd"}).pipe;
  EXPECT_TRUE(regexp.regexp);
  EXPECT_EQ(regexp.recend, "\\n") << "an expression has escapes of its own";
  EXPECT_THAT(error({"--pipe", "--tee", "--rrs", "cmd", ":::", "a"}), HasSubstr("--rrs"));
}

TEST(SweepLine, HowDataReachTheTasks) {
  EXPECT_TRUE(sweep({"--pipe", "--tee", "cmd", ":::", "a"}).pipe->tee);
  EXPECT_TRUE(sweep({"--pipe", "--round-robin", "cmd"}).pipe->round_robin);
  EXPECT_EQ(sweep({"--pipe", "--cat", "cmd"}).pipe->feed, PipeOptions::Feed::file);
  EXPECT_EQ(sweep({"--pipepart", "-a", "f", "--fifo", "cmd"}).pipe->feed, PipeOptions::Feed::fifo);
  EXPECT_THAT(error({"--cat", "cmd"}), HasSubstr("they need --pipe"));
}

TEST(SweepLine, WhatFarmDoesNotHaveIsRefusedWithAWayOut) {
  EXPECT_THAT(error({"--memsuspend", "1G", "cmd"}), HasSubstr("--memfree"));
  EXPECT_THAT(error({"-S", "host", "cmd"}), HasSubstr("mpirun"));
  for (const char* option : {"--group-by", "--shard", "--bin"}) {
    EXPECT_THAT(error({"--pipe", option, "1", "cmd"}), HasSubstr("a file of its own"));
  }
}

TEST(SweepLine, RefusesWhatItDoesNotKnow) {
  EXPECT_THAT(error({"--no-such-option", "cmd"}), HasSubstr("--no-such-option"));
  EXPECT_THAT(error({"--trim", "x", "cmd"}), HasSubstr("--trim"));
  EXPECT_THAT(error({"--header", "x", "cmd"}), HasSubstr("--header"));
  EXPECT_THAT(error({"--resume", "cmd"}), HasSubstr("--joblog"));
}

TEST(SweepLine, TheCommandMayHaveAHelpOfItsOwn) {
  const char* const own[] = {"farm", "sweep", "du", "-h", "{}", ":::", "a"};
  EXPECT_TRUE(std::holds_alternative<RunCommand>(parse_command_line(7, own)));
  const char* const ours[] = {"farm", "sweep", "--help"};
  EXPECT_TRUE(std::holds_alternative<PrintCommand>(parse_command_line(3, ours)));
}

TEST(SweepLine, TheHelpPageNamesOnlyOptionsThereAre) {
  const std::vector<std::vector<std::string>> documented{
      {"--colsep", ","},    {"--csv"},          {"--header", ":"},   {"--trim", "n"},   {"--link"},
      {"--xargs"},          {"--shuf"},         {"--filter", "1"},   {"--plus"},        {"--rpl", "{x} $_"},
      {"--tagstring", "x"}, {"--results", "x"}, {"--wd", "x"},       {"--tmpl", "a=b"}, {"--pipe"},
      {"--pipepart"},       {"--block", "1"},   {"--recstart", "x"}, {"--recend", "x"}, {"--run", "x"},
      {"--retries", "{2}"}, {"--regexp"}};
  // The last ones mean something with others only, and are typed above.
  std::set<std::string> known{"--help", "--t", "--plain", "--round-robin", "--tee", "--cat", "--fifo"};
  for (const std::vector<std::string>& option : documented) {
    std::vector<std::string> arguments = option;
    arguments.push_back("cmd");
    EXPECT_EQ(error(arguments), "") << option.front();
    known.insert(option.front());
  }
  const std::string_view page = *help_page("sweep");
  for (std::size_t at = page.find("--"); at != page.npos; at = page.find("--", at + 2)) {
    const std::size_t end = page.find_first_not_of("abcdefghijklmnopqrstuvwxyz-", at);
    EXPECT_TRUE(known.contains(std::string(page.substr(at, end - at)))) << page.substr(at, end - at);
  }
}

}  // namespace
}  // namespace farm
