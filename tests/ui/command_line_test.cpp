#include "ui/command_line.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <sstream>

#include "farm/version.hpp"
#include "ui/help.hpp"
#include "ui/usage_error.hpp"

namespace farm {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

Command parse(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "farm");
  return parse_command_line(static_cast<int>(arguments.size()), arguments.data());
}

RunOptions run_options(const std::vector<const char*>& arguments) {
  return std::get<RunCommand>(parse(arguments)).options;
}

OutputCommand output_command(const std::vector<const char*>& arguments) {
  return std::get<OutputCommand>(parse(arguments));
}

std::string printed(const std::vector<const char*>& arguments) { return std::get<PrintCommand>(parse(arguments)).text; }

std::string error(const std::vector<const char*>& arguments) {
  return usage_error([&] { parse(arguments); });
}

TEST(RunCommandLine, NeedsNoMoreThanAManifest) {
  const RunOptions options = run_options({"jobs.txt"});
  EXPECT_EQ(options.manifest, "jobs.txt");
  EXPECT_FALSE(options.run_dir.has_value());
  EXPECT_EQ(options.slots, SlotRule{});
  EXPECT_FALSE(options.rank0_slots.has_value());
  EXPECT_EQ(options.tries, 1U);
  EXPECT_EQ(options.halt, HaltRule{});
  EXPECT_EQ(options.output, OutputMode::group);
  EXPECT_EQ(options.progress, ProgressMode::automatic);
  EXPECT_FALSE(options.shell_always);
}

TEST(RunCommandLine, TakesWhatTasksMayUseOfANode) {
  const RunOptions options =
      run_options({"jobs.txt", "--node-mem", "64GiB", "--node-cpus", "8", "--node-gpus", "0", "--walltime", "1h30m"});
  EXPECT_EQ(options.node_memory, std::uint64_t{64} << 30);
  EXPECT_EQ(options.node_cpus, 8U);
  EXPECT_EQ(options.node_gpus, 0U);
  EXPECT_TRUE(options.ends_at.has_value());
  const RunOptions usual = run_options({"jobs.txt"});
  EXPECT_FALSE(usual.node_memory || usual.node_cpus || usual.node_gpus || usual.ends_at);
}

TEST(RunCommandLine, TakesLogsAndResults) {
  const RunOptions options = run_options({"jobs.txt", "--joblog", "log", "--resume-failed", "--results", "-.csv", "-v",
                                          "--files", "--nice", "-5", "--load", "-1", "--memfree", "1G"});
  EXPECT_EQ(options.joblog, "log");
  EXPECT_EQ(options.resume, Resume::good);
  EXPECT_EQ(options.results_table, "-.csv");
  EXPECT_EQ(options.verbosity, Verbosity::with_output);
  EXPECT_TRUE(options.file_names);
  EXPECT_EQ(options.nice, -5);
  EXPECT_EQ(options.load, (SlotRule{SlotRule::Kind::more, -1}));
  EXPECT_EQ(options.free_memory, std::uint64_t{1} << 30);
  EXPECT_EQ(run_options({"jobs.txt", "-t"}).verbosity, Verbosity::at_start);
}

TEST(RunCommandLine, ResumesOnlyFromAJobLog) {
  EXPECT_EQ(run_options({"--retry-failed", "--joblog", "log"}).resume, Resume::failed);
  EXPECT_THAT(error({"--retry-failed"}), HasSubstr("--retry-failed needs --joblog"));
  EXPECT_THAT(error({"jobs.txt", "--resume"}), HasSubstr("--resume needs --joblog"));
  EXPECT_EQ(run_options({"jobs.txt", "--resume", "--results", "d"}).resume, Resume::logged);
  EXPECT_THAT(error({"jobs.txt", "--resume", "--results", "-.csv"}), HasSubstr("--resume needs --joblog"));
  EXPECT_THAT(error({"jobs.txt", "--resume-failed", "--results", "d"}), HasSubstr("--resume-failed needs --joblog"));
  EXPECT_THAT(error({"jobs.txt", "--retry-failed", "--joblog", "log"}), HasSubstr("no manifest may be given"));
}

TEST(RunCommandLine, TakesTheWordRunAndStandardInput) {
  EXPECT_EQ(run_options({"run", "jobs.txt"}).manifest, "jobs.txt");
  EXPECT_EQ(run_options({"run", "run"}).manifest, "run");
  EXPECT_EQ(run_options({"run", "sweep"}).manifest, "sweep");
  EXPECT_EQ(run_options({"./run"}).manifest, "./run");
  EXPECT_EQ(run_options({"-"}).manifest, "-");
  EXPECT_EQ(run_options({"-k", "-"}).manifest, "-");
  EXPECT_EQ(run_options({"--", "--odd-name"}).manifest, "--odd-name");
}

TEST(RunCommandLine, TakesOptionsBeforeAndAfterTheManifest) {
  const RunOptions options = run_options({"--run",     "d",     "--fresh",   "-v",         "--durability",
                                          "task",      "-j",    "-1",        "jobs.txt",   "--rank0-slots=2",
                                          "--retries", "0",     "--timeout", "1.5h",       "--delay=250ms",
                                          "--halt",    "-2",    "--shell",   "/bin/bash",  "--dry-run",
                                          "-k",        "--tag", "--quiet",   "--progress", "json"});
  EXPECT_EQ(options.manifest, "jobs.txt");
  EXPECT_EQ(options.run_dir, "d");
  EXPECT_TRUE(options.fresh);
  EXPECT_EQ(options.verbosity, Verbosity::with_output);
  EXPECT_EQ(options.durability, Durability::task);
  EXPECT_EQ(options.slots, (SlotRule{SlotRule::Kind::more, -1}));
  EXPECT_EQ(options.rank0_slots, 2U);
  EXPECT_EQ(options.tries, 0U);
  EXPECT_EQ(options.timeout, 90min);
  EXPECT_EQ(options.delay, 250ms);
  EXPECT_EQ(options.halt, (HaltRule{HaltRule::When::now, HaltRule::Why::success, 1, 0}));
  EXPECT_EQ(options.shell, "/bin/bash");
  EXPECT_TRUE(options.shell_always);
  EXPECT_TRUE(options.dry_run);
  EXPECT_TRUE(options.keep_order);
  EXPECT_TRUE(options.tag);
  EXPECT_EQ(options.output, OutputMode::quiet);
  EXPECT_EQ(options.progress, ProgressMode::json);
}

TEST(RunCommandLine, TakesEverySpellingOfSlots) {
  const SlotRule four{SlotRule::Kind::count, 4};
  EXPECT_EQ(run_options({"-j4", "x"}).slots, four);
  EXPECT_EQ(run_options({"-j", "4", "x"}).slots, four);
  EXPECT_EQ(run_options({"--jobs=4", "x"}).slots, four);
  EXPECT_EQ(run_options({"x", "--jobs", "4"}).slots, four);
  EXPECT_EQ(run_options({"-j+2", "x"}).slots, (SlotRule{SlotRule::Kind::more, 2}));
  EXPECT_EQ(run_options({"-j50%", "x"}).slots, (SlotRule{SlotRule::Kind::percent, 50}));
  EXPECT_EQ(run_options({"-kj4", "x"}).slots, four);
}

TEST(RunCommandLine, LetsTheLastOneCount) {
  EXPECT_EQ(run_options({"--retries", "2", "x", "--retries", "5"}).tries, 5U);
  EXPECT_EQ(run_options({"--quiet", "--lb", "x"}).output, OutputMode::line_buffer);
  EXPECT_EQ(run_options({"--lb", "x", "--quiet"}).output, OutputMode::quiet);
  EXPECT_EQ(run_options({"--line-buffer", "x", "--group"}).output, OutputMode::group);
}

TEST(RunCommandLine, ReadsZeroTimeoutAsNone) { EXPECT_FALSE(run_options({"x", "--timeout", "0"}).timeout.has_value()); }

TEST(RunCommandLine, NeedsOneManifest) {
  EXPECT_THAT(error({}), StartsWith("no manifest was given"));
  EXPECT_THAT(error({"run"}), StartsWith("no manifest was given"));
  EXPECT_THAT(error({"a.txt", "b.txt"}), StartsWith("one manifest at a time: a.txt and b.txt were given"));
  EXPECT_THAT(error({"ouput", "jobs.txt", "17"}), HasSubstr("did you mean farm output?"));
  EXPECT_THAT(usage_error([] { parse_command_line(0, nullptr); }), StartsWith("no manifest was given"));
}

TEST(RunCommandLine, NamesTheOptionThatWasMeant) {
  EXPECT_THAT(error({"--retrys", "3", "jobs.txt"}), StartsWith("unknown option --retrys; did you mean --retries?"));
  EXPECT_THAT(error({"jobs.txt", "--retrys=3"}), StartsWith("unknown option --retrys; did you mean --retries?"));
  EXPECT_THAT(error({"jobs.txt", "--xyzzyx"}), StartsWith("unknown option --xyzzyx (farm run --help"));
  EXPECT_THAT(error({"jobs.txt", "-x"}), StartsWith("unknown option -x"));
  EXPECT_THAT(error({"jobs.txt", "-kx"}), StartsWith("unknown option -x"));
}

TEST(RunCommandLine, SaysWhichOptionLacksItsValue) {
  EXPECT_THAT(error({"jobs.txt", "--retries"}), StartsWith("--retries needs a value"));
  EXPECT_THAT(error({"jobs.txt", "-j"}), StartsWith("-j needs a value"));
}

TEST(RunCommandLine, StartsOverOrReadsWhatIsDamaged) {
  EXPECT_TRUE(run_options({"jobs.txt", "--salvage"}).salvage);
  EXPECT_THAT(error({"jobs.txt", "--salvage", "--fresh"}), StartsWith("--fresh starts over"));
}

TEST(RunCommandLine, RefusesAValueWhereThereIsNone) {
  EXPECT_EQ(error({"jobs.txt", "--fresh=no"}), "--fresh takes no value: leave out =no");
  EXPECT_EQ(error({"--quiet=1", "jobs.txt"}), "--quiet takes no value: leave out =1");
  EXPECT_EQ(error({"--", "--quiet=1"}), "");
}

TEST(RunCommandLine, PassesOnWhatIsWrongWithAValue) {
  EXPECT_THAT(error({"jobs.txt", "-j", "0"}), StartsWith("-j 0: at least one slot is needed"));
  EXPECT_THAT(error({"jobs.txt", "--retries", "many"}), StartsWith("--retries many: expected the tries of a task"));
  EXPECT_THAT(error({"jobs.txt", "--rank0-slots", "-1"}), StartsWith("--rank0-slots -1: expected"));
  EXPECT_THAT(error({"jobs.txt", "--timeout", "5x"}), StartsWith("--timeout 5x: expected the time a task may take"));
  EXPECT_THAT(error({"jobs.txt", "--delay", "-5"}), StartsWith("--delay -5: expected"));
  EXPECT_THAT(error({"jobs.txt", "--halt", "soon"}), StartsWith("--halt soon: expected never, or"));
  EXPECT_THAT(error({"jobs.txt", "--durability", "x"}), StartsWith("--durability x: expected task"));
  EXPECT_THAT(error({"jobs.txt", "--progress", "x"}), StartsWith("--progress x: expected auto"));
  EXPECT_THAT(error({"jobs.txt", "--run", ""}), StartsWith("--run ''"));
  EXPECT_THAT(error({"jobs.txt", "--shell", ""}), StartsWith("--shell ''"));
}

TEST(CommandLine, ReservesTheCommandsToCome) {
  for (const char* word : {"status", "failed", "why", "retry", "drain", "report", "export"}) {
    EXPECT_THAT(error({word, "x"}), AllOf(HasSubstr("does not exist yet"), HasSubstr(std::string("./") + word)));
  }
}

TEST(OutputCommandLine, TakesTasksByNumberAndName) {
  const OutputCommand command = output_command({"output", "jobs.farm", "17", "[a,b]", "prep"});
  EXPECT_EQ(command.run, "jobs.farm");
  EXPECT_THAT(command.tasks, ElementsAre("17", "[a,b]", "prep"));
  EXPECT_FALSE(command.all);
  EXPECT_EQ(command.streams, OutputStreams::both);
}

TEST(OutputCommandLine, SelectsStreams) {
  EXPECT_EQ(output_command({"output", "r", "1", "--stdout"}).streams, OutputStreams::out);
  EXPECT_EQ(output_command({"output", "--stderr", "r", "1"}).streams, OutputStreams::err);
  EXPECT_EQ(output_command({"output", "r", "1", "--stdout", "--stderr"}).streams, OutputStreams::both);
  EXPECT_TRUE(output_command({"output", "r", "--all"}).all);
}

TEST(OutputCommandLine, NeedsARunAndEitherTasksOrAll) {
  EXPECT_THAT(error({"output"}), StartsWith("no run was given"));
  EXPECT_THAT(error({"output", "r"}), StartsWith("which task?"));
  EXPECT_THAT(error({"output", "r", "1", "--all"}), HasSubstr("not both"));
  EXPECT_THAT(error({"output", "r", "1", "--stdot"}), StartsWith("unknown option --stdot; did you mean --stdout?"));
}

TEST(HelpCommandLine, FindsThePage) {
  EXPECT_EQ(printed({"--help"}), *help_page(""));
  EXPECT_EQ(printed({"-h"}), *help_page(""));
  EXPECT_EQ(printed({"jobs.txt", "--help"}), *help_page(""));
  EXPECT_EQ(printed({"--help", "failures"}), *help_page("failures"));
  EXPECT_EQ(printed({"help"}), *help_page(""));
  EXPECT_EQ(printed({"help", "slots"}), *help_page("slots"));
  EXPECT_THAT(error({"help", "xyzzy"}), StartsWith("there is no help on xyzzy"));
  EXPECT_EQ(printed({"run", "--help"}), *help_page("run"));
  EXPECT_EQ(printed({"run", "--help", "state"}), *help_page("state"));
  for (const char* const command : {"sweep", "plan", "simulate", "output"}) {
    EXPECT_EQ(printed({command, "--help"}), *help_page(command));
  }
  EXPECT_EQ(printed({"plan", "sweep", "--help"}), *help_page("plan"));
}

TEST(HelpCommandLine, HelpsWithACommandLineThatIsWrong) {
  EXPECT_EQ(printed({"run", "--retrys", "--help"}), *help_page("run"));
  EXPECT_THAT(error({"--help", "xyzzy"}), AllOf(StartsWith("there is no help on xyzzy"), HasSubstr("slots, failures")));
}

TEST(HelpCommandLine, PrintsTheVersion) { EXPECT_EQ(printed({"--version"}), std::string("farm ") + version + "\n"); }

// The words in a page that look like long options.
std::set<std::string> options_in(std::string_view page) {
  std::set<std::string> options;
  for (std::size_t at = page.find("--"); at != std::string_view::npos; at = page.find("--", at + 2)) {
    const std::size_t end = page.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-", at);
    options.emplace(page.substr(at, end - at));
  }
  return options;
}

TEST(HelpCommandLine, NamesExactlyTheOptionsThereAre) {
  // With a value each of them accepts.
  const std::map<std::string, const char*> options{{"--jobs", "1"},
                                                   {"--rank0-slots", "1"},
                                                   {"--retries", "1"},
                                                   {"--timeout", "1"},
                                                   {"--delay", "1"},
                                                   {"--halt", "1"},
                                                   {"--keep-order", ""},
                                                   {"--tag", ""},
                                                   {"--group", ""},
                                                   {"--line-buffer", ""},
                                                   {"--lb", ""},
                                                   {"--quiet", ""},
                                                   {"--run", "d"},
                                                   {"--progress", "bar"},
                                                   {"--fresh", ""},
                                                   {"--salvage", ""},
                                                   {"--shell", "sh"},
                                                   {"--dry-run", ""},
                                                   {"--durability", "none"},
                                                   {"--files", ""},
                                                   {"--results", "d"},
                                                   {"--verbose", ""},
                                                   {"--joblog", "log"},
                                                   {"--memfree", "1G"},
                                                   {"--load", "1"},
                                                   {"--nice", "1"},
                                                   {"--process-slot-var", "V"},
                                                   {"--task-procs", "30"},
                                                   {"--node-mem", "1G"},
                                                   {"--node-cpus", "1"},
                                                   {"--node-gpus", "0"},
                                                   {"--walltime", "1h"},
                                                   {"--termseq", "TERM,9"},
                                                   {"--token", "t=1"},
                                                   {"--grace", "1s"},
                                                   {"--heartbeat", "1m"},
                                                   {"--grace-signal", "USR1"},
                                                   {"--speculate", ""},
                                                   {"--by-mtime", ""},
                                                   {"--shard", "1/2"},
                                                   {"--retry-on", "signal"},
                                                   {"--retry-delay", "1s"},
                                                   {"--resident", "cat"},
                                                   {"--resident-protocol", "json"},
                                                   {"--resident-tasks", "10"},
                                                   {"--allow-outside", ""},
                                                   {"--redact", ""},
                                                   {"--keep-going", ""}};
  std::set<std::string> documented = options_in(*help_page("run"));
  documented.erase("--help");
  std::set<std::string> accepted;
  for (const auto& [option, value] : options) {
    std::vector<const char*> arguments{"jobs.txt", option.c_str()};
    if (*value != '\0') arguments.push_back(value);
    EXPECT_EQ(error(arguments), "");
    accepted.insert(option);
  }
  EXPECT_EQ(error({"jobs.txt", "--resume", "--joblog", "log"}), "");
  EXPECT_EQ(error({"jobs.txt", "--resume-failed", "--joblog", "log"}), "");
  EXPECT_EQ(error({"--retry-failed", "--joblog", "log"}), "");
  accepted.insert({"--resume", "--resume-failed", "--retry-failed"});
  EXPECT_EQ(documented, accepted);
  for (const std::string& topic : help_topics()) {
    if (topic == "sweep" || topic == "plan" || topic == "simulate") continue;  // they have tests of their own
    for (const std::string& option : options_in(*help_page(topic))) {
      const std::set<std::string> elsewhere{"--help", "--version", "--all", "--stdout", "--stderr"};
      EXPECT_TRUE(accepted.contains(option) || elsewhere.contains(option)) << topic << ": " << option;
    }
  }
}

}  // namespace
}  // namespace farm
