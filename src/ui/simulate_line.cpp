#include "ui/simulate_line.hpp"

#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>

#include "base/text.hpp"
#include "base/units.hpp"
#include "farm/error.hpp"
#include "ui/option_values.hpp"

namespace farm {
namespace {

constexpr std::uint32_t most_ranks = 1'000'000;  // a simulation of more needs more memory than it is worth

// `number` is `text` or a part of it.
std::uint32_t parse_ranks_count(std::string_view option, std::string_view text, std::string_view number) {
  const auto count = parse_count(number);
  if (count && *count >= 1 && *count <= most_ranks) return static_cast<std::uint32_t>(*count);
  fail_usage(fmt::format("{} {}: expected numbers of ranks from 1 to {}, as in {}", option,
                         shell_quote(printable(text)), format_count(most_ranks),
                         option == "--ranks" ? "--ranks 16,64,256" : "--ranks-per-node 32"));
}

std::vector<std::uint32_t> parse_ranks(std::string_view text) {
  std::vector<std::uint32_t> ranks;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find(',', at), text.size());
    ranks.push_back(parse_ranks_count("--ranks", text, text.substr(at, end - at)));
    at = end + 1;
  }
  return ranks;
}

std::optional<double> parse_sigma(std::string_view text) {
  double sigma = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), sigma);
  constexpr double largest = 10;  // the mean is then made by one task in 10^20
  if (error != std::errc() || end != text.data() + text.size() || !(sigma >= 0) || sigma > largest) return std::nullopt;
  return sigma;
}

[[noreturn]] void refuse_durations(std::string_view text, std::string_view expected) {
  fail_usage(fmt::format("--durations {}: expected {}", shell_quote(printable(text)), expected));
}

Nanos duration_in(std::string_view whole, std::string_view text, std::string_view expected) {
  const auto duration = parse_duration(text);
  if (!duration) refuse_durations(whole, expected);
  return *duration;
}

Nanos mean_in(std::string_view whole, std::string_view text, std::string_view expected) {
  const Nanos mean = duration_in(whole, text, expected);
  if (mean == Nanos::zero()) refuse_durations(whole, expected);
  return mean;
}

DurationRule parse_uniform(std::string_view whole, std::string_view range) {
  constexpr std::string_view expected = "the shortest and the longest, as in uniform:1s..3s";
  const std::size_t dots = range.find("..");
  if (dots == std::string_view::npos) refuse_durations(whole, expected);
  const Nanos shortest = duration_in(whole, range.substr(0, dots), expected);
  const Nanos longest = duration_in(whole, range.substr(dots + 2), expected);
  if (longest < shortest) refuse_durations(whole, expected);
  return {.kind = DurationRule::Kind::uniform, .shortest = shortest, .longest = longest};
}

DurationRule parse_lognormal(std::string_view whole, std::string_view text) {
  constexpr std::string_view expected =
      "the mean, above 0, and the standard deviation of the logarithm, 0 to 10, as in lognormal:10s,0.5";
  const std::size_t comma = text.find(',');
  if (comma == std::string_view::npos) refuse_durations(whole, expected);
  const auto sigma = parse_sigma(text.substr(comma + 1));
  if (!sigma) refuse_durations(whole, expected);
  const Nanos mean = mean_in(whole, text.substr(0, comma), expected);
  return {.kind = DurationRule::Kind::lognormal, .mean = mean, .sigma = *sigma};
}

// A distribution by its name before a colon; anything else is a file.
void read_durations_option(const std::string& text, SimulateOptions& options) {
  const std::string_view whole = text;
  const std::size_t colon = whole.find(':');
  const std::string_view name = whole.substr(0, colon);
  const std::string_view rest = colon == std::string_view::npos ? std::string_view() : whole.substr(colon + 1);
  options.durations.reset();
  options.durations_file.clear();
  if (colon == std::string_view::npos || name.find('/') != std::string_view::npos) {
    options.durations_file = text;
  } else if (name == "const") {
    options.durations = {.mean = duration_in(whole, rest, "how long every task takes, as in const:100ms")};
  } else if (name == "exp") {
    options.durations = {.kind = DurationRule::Kind::exponential,
                         .mean = mean_in(whole, rest, "the mean, above 0, as in exp:1s")};
  } else if (name == "uniform") {
    options.durations = parse_uniform(whole, rest);
  } else if (name == "lognormal") {
    options.durations = parse_lognormal(whole, rest);
  } else {
    refuse_durations(whole,
                     "exp:1s, const:100ms, uniform:1s..3s, lognormal:10s,0.5, or a file with one duration a line" +
                         did_you_mean(nearest(name, {"exp", "const", "uniform", "lognormal"})));
  }
}

void add_options(CLI::App& app, SimulateCommand& command, RunOptions& run) {
  SimulateOptions& options = command.options;
  const auto add = [&app](const char* names, auto read) { app.add_option_function<std::string>(names, read); };
  app.add_option("MANIFEST", options.what);
  app.add_flag("--json", command.json);
  add("--ranks", [&](const std::string& text) { options.ranks = parse_ranks(text); });
  add("--ranks-per-node",
      [&](const std::string& text) { options.ranks_per_node = parse_ranks_count("--ranks-per-node", text, text); });
  add("-j,--jobs", [&](const std::string& text) { options.slots = parse_slots(text); });
  add("--durations", [&](const std::string& text) { read_durations_option(text, options); });
  add("--seed",
      [&](const std::string& text) { options.seed = parse_number("--seed", text, "which draw of durations"); });
  add("--latency", [&](const std::string& text) {
    options.latency = parse_time("--latency", text, "the time a message is on its way,");
  });
  add("--spawn", [&](const std::string& text) {
    options.spawn = parse_time("--spawn", text, "the time to start and end a task's process,");
  });
  add("--node-cpus", [&](const std::string& text) { options.node_cpus = parse_node_cpus(text); });
  add("--node-mem", [&](const std::string& text) { options.node_memory = parse_node_memory(text); });
  add("--node-gpus", [&](const std::string& text) { options.node_gpus = parse_node_gpus(text); });
  add("--token", [&run](const std::string& text) { read_tokens(text, run); });
}

}  // namespace

SimulateCommand parse_simulate_line(Arguments arguments) {
  SimulateCommand command;
  RunOptions run;
  CLI::App app("", "simulate");
  prepare(app);
  add_options(app, command, run);
  const Arguments extras = parse(app, std::move(arguments));
  if (!extras.empty())
    fail_usage("one manifest or run at a time: " + shell_quote(printable(extras.front())) + " is left");
  if (command.options.what.empty()) {
    fail_usage("no manifest or run was given: farm simulate jobs.txt --ranks 16,64 --durations exp:1s");
  }
  if (command.options.ranks.empty()) {
    fail_usage("on how many ranks? --ranks 16,64,256 simulates a run on each of these numbers");
  }
  command.options.tokens = run.tokens;
  return command;
}

}  // namespace farm
