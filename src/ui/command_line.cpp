#include "ui/command_line.hpp"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "base/text.hpp"
#include "farm/error.hpp"
#include "farm/version.hpp"
#include "ui/arguments.hpp"
#include "ui/help.hpp"
#include "ui/machine_question.hpp"
#include "ui/option_values.hpp"
#include "ui/run_options.hpp"
#include "ui/sweep_line.hpp"

namespace farm {
namespace {

// Words that are or will be commands of farm, so that no script comes to rely on a manifest of that name.
constexpr std::array<std::string_view, 5> commands{"run", "sweep", "plan", "simulate", "output"};
constexpr std::array<std::string_view, 7> future_commands{"status", "failed", "why",   "retry",
                                                          "drain",  "report", "export"};

template <class Words>
bool contains(const Words& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

[[noreturn]] void refuse_second_manifest(const std::string& first, const std::string& second) {
  const std::string command = nearest(first, Arguments(commands.begin(), commands.end()));
  fail_usage(fmt::format("one manifest at a time: {} and {} were given{}", shell_quote(printable(first)),
                         shell_quote(printable(second)), did_you_mean(command.empty() ? command : "farm " + command)));
}

Command parse_run(Arguments arguments) {
  RunCommand command;
  CLI::App app("", "run");
  prepare(app);
  app.add_option("MANIFEST", command.options.manifest);
  add_run_options(app, command.options);
  app.add_option_function<std::string>(
      "--progress", [&command](const std::string& text) { command.options.progress = parse_progress(text); });
  app.add_option_function<std::string>(
      "--shard", [&command](const std::string& text) { command.options.shard = parse_shard(text); });
  const Arguments extras = parse(app, std::move(arguments));
  if (!extras.empty()) refuse_second_manifest(command.options.manifest, extras.front());
  check_run_options(command.options);
  if (command.options.resume == Resume::failed) {
    if (command.options.shard) fail_usage("--shard divides a manifest, and --retry-failed has none");
    if (command.options.manifest.empty()) return command;
    fail_usage(
        "--retry-failed runs the commands in the job log, so no manifest may be given; --resume-failed runs those of " +
        shell_quote(printable(command.options.manifest)));
  }
  if (command.options.manifest.empty()) {
    fail_usage(
        "no manifest was given: farm jobs.txt runs its lines as commands, farm - those on standard input "
        "(farm --help)");
  }
  return command;
}

Command parse_output(Arguments arguments) {
  OutputCommand command;
  bool out = false;
  bool err = false;
  CLI::App app("", "output");
  prepare(app);
  app.add_option("RUN", command.run);
  app.add_flag("--all", command.all);
  app.add_flag("--stdout", out);
  app.add_flag("--stderr", err);
  command.tasks = parse(app, std::move(arguments));
  if (command.run.empty()) fail_usage("no run was given: farm output jobs.txt 17 prints what its task 17 has printed");
  if (command.all == command.tasks.empty()) {
    if (out != err) command.streams = out ? OutputStreams::out : OutputStreams::err;
    return command;
  }
  fail_usage(command.all ? "farm output takes either --all or tasks, not both"
                         : "which task? Give its number or its name, or --all: farm output jobs.txt 17");
}

// `--json` belongs to the plan; the rest is what would be typed to run it.
Command parse_plan(Arguments arguments, const SweepDefaults& defaults) {
  PlanCommand plan;
  const auto json = std::find(arguments.begin(), arguments.end(), "--json");
  // After the command of a sweep it is the command's.
  const bool is_sweep = std::find(arguments.begin(), json, "sweep") != json;
  if (json != arguments.end() && !is_sweep) {
    plan.json = true;
    arguments.erase(json);
  }
  if (!arguments.empty() && arguments.front() == "sweep") {
    arguments.erase(arguments.begin());
    plan.options = parse_sweep_line(std::move(arguments), defaults);
  } else {
    if (!arguments.empty() && arguments.front() == "run") arguments.erase(arguments.begin());
    plan.options = std::get<RunCommand>(parse_run(std::move(arguments))).options;
  }
  return plan;
}

// Before anything is parsed, so that asking for help works on a command line that is otherwise wrong.
std::optional<PrintCommand> find_help(const Arguments& arguments) {
  // What follows the options of a sweep is a command, which may well have a --help of its own.
  const bool is_sweep = !arguments.empty() && arguments.front() == "sweep";
  const auto last =
      arguments.begin() + std::min<std::ptrdiff_t>(std::ssize(arguments), is_sweep ? 2 : std::ssize(arguments));
  const auto end = std::find(arguments.begin(), last, "--");
  const auto asked = std::find_if(arguments.begin(), end, [](const auto& a) { return a == "--help" || a == "-h"; });
  if (asked == end) return std::nullopt;
  const auto after = std::next(asked);
  if (after != end && help_page(*after)) return PrintCommand{std::string(*help_page(*after))};
  if (asked == arguments.begin() && after != end && !is_option(*after)) {
    fail_usage(
        fmt::format("there is no help on {}; there is on {}", printable(*after), fmt::join(help_topics(), ", ")));
  }
  const bool about_command = contains(commands, arguments.front());
  return PrintCommand{std::string(help_page(about_command ? arguments.front() : "").value())};
}

bool asks_version(const Arguments& arguments) { return !arguments.empty() && arguments.front() == "--version"; }

}  // namespace

Command parse_command_line(int argc, const char* const* argv, const SweepDefaults& defaults) {
  Arguments arguments(argv + std::min(argc, 1), argv + argc);
  if (!arguments.empty() && arguments.front() == "help") arguments.front() = "--help";
  if (auto help = find_help(arguments)) return *std::move(help);
  if (asks_version(arguments)) return PrintCommand{fmt::format("farm {}\n", version)};

  const std::string first = arguments.empty() ? std::string() : arguments.front();
  if (contains(future_commands, first)) {
    fail_usage(fmt::format("farm {0} does not exist yet; for a manifest of that name write ./{0}", first));
  }
  if (!contains(commands, first)) return parse_run(std::move(arguments));
  arguments.erase(arguments.begin());
  if (first == "plan") return parse_plan(std::move(arguments), defaults);
  if (first == "simulate") return parse_simulate_line(std::move(arguments));
  if (first == "sweep") {
    if (auto answer = answer_question(arguments)) return PrintCommand{*std::move(answer)};
    return RunCommand{parse_sweep_line(std::move(arguments), defaults)};
  }
  return first == "output" ? parse_output(std::move(arguments)) : parse_run(std::move(arguments));
}

}  // namespace farm
