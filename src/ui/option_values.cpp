#include "ui/option_values.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <limits>
#include <optional>
#include <string>
#include <utility>

#include "base/needs_text.hpp"
#include "base/slot_rule.hpp"
#include "base/text.hpp"
#include "base/units.hpp"
#include "farm/error.hpp"
#include "node/slot_file.hpp"
#include "shepherd/term_sequence.hpp"

namespace farm {
namespace {

// The highest pid_max Linux allows: no node can run more tasks than it has process ids.
constexpr std::uint64_t most_slots = 4'194'304;

template <class Value, std::size_t size>
using Words = std::array<std::pair<std::string_view, Value>, size>;

template <class Value, std::size_t size>
std::optional<Value> find_word(const Words<Value, size>& words, std::string_view text) {
  for (const auto& [word, meaning] : words) {
    if (word == text) return meaning;
  }
  return std::nullopt;
}

[[noreturn]] void refuse(std::string_view option, std::string_view text, std::string_view advice) {
  fail_usage(fmt::format("{} {}: {}", option, shell_quote(printable(text)), advice));
}

bool read_percent(std::string_view digits, double& percent) {
  const char* const end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, percent, std::chars_format::fixed);
  return error == std::errc{} && stop == end && percent > 0 && percent <= 100;
}

// The VALUE of a rule: "3" or "10%".
std::optional<HaltRule> with_amount(HaltRule rule, std::string_view text) {
  if (text.ends_with('%')) {
    return read_percent(text.substr(0, text.size() - 1), rule.percent) ? std::optional(rule) : std::nullopt;
  }
  rule.count = parse_count(text).value_or(0);
  return rule.count > 0 ? std::optional(rule) : std::nullopt;
}

std::optional<HaltRule> read_old_halt(std::string_view text) {
  using When = HaltRule::When;
  using Why = HaltRule::Why;
  static constexpr Words<HaltRule, 6> forms{{{"never", {}},
                                             {"0", {}},
                                             {"1", {When::soon, Why::fail, 1, 0}},
                                             {"2", {When::now, Why::fail, 1, 0}},
                                             {"-1", {When::soon, Why::success, 1, 0}},
                                             {"-2", {When::now, Why::success, 1, 0}}}};
  if (const auto rule = find_word(forms, text)) return rule;
  return text.ends_with('%') ? with_amount({When::soon, Why::fail, 0, 0}, text) : std::nullopt;
}

std::optional<HaltRule> read_halt(std::string_view text) {
  static constexpr Words<HaltRule::When, 2> whens{{{"soon", HaltRule::When::soon}, {"now", HaltRule::When::now}}};
  static constexpr Words<HaltRule::Why, 3> whys{
      {{"fail", HaltRule::Why::fail}, {"success", HaltRule::Why::success}, {"done", HaltRule::Why::done}}};
  const auto comma = text.find(',');
  if (comma == std::string_view::npos) return read_old_halt(text);
  const auto equals = text.find('=', comma);
  if (equals == std::string_view::npos) return std::nullopt;
  const auto when = find_word(whens, text.substr(0, comma));
  const auto why = find_word(whys, text.substr(comma + 1, equals - comma - 1));
  if (!when || !why) return std::nullopt;
  return with_amount({*when, *why, 0, 0}, text.substr(equals + 1));
}

}  // namespace

namespace {

bool is_variable_name(std::string_view text) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  const auto fits = [&](char c) { return is_letter(c) || (c >= '0' && c <= '9'); };
  return !text.empty() && is_letter(text.front()) && std::all_of(text.begin(), text.end(), fits);
}

SlotRule read_load(std::string_view option, std::string_view text) {
  const auto rule = parse_slot_rule(text);
  if (rule && (rule->number != 0 || rule->kind == SlotRule::Kind::more)) return *rule;
  refuse(option, text, "expected a load above 0 as N, as N% of a node's processors, or as +N or -N relative to them");
}

}  // namespace

SlotRule parse_slots(std::string_view text) {
  const auto rule = parse_slot_rule(text);
  if (!rule)
    refuse("-j", text,
           "expected slots per node as N, as N% of its processors, or as +N or -N relative to them; farm sweep also "
           "takes a file that says so in its first line");
  if (rule->number == 0 && rule->kind != SlotRule::Kind::more) {
    refuse("-j", text,
           "at least one slot is needed; -j 100% is one per processor, -j 1000% ten, -j 256 a fixed number");
  }
  return *rule;
}

void read_sweep_slots(const std::string& text, RunOptions& options) {
  options.slots_file.clear();
  const auto rule = parse_sweep_slot_rule(text);
  if (rule || !std::filesystem::exists(text)) {
    options.slots = rule ? *rule : parse_slots(text);
    return;
  }
  const std::string word = SlotFile::first_word(text).value_or("");
  const auto said = parse_sweep_slot_rule(word);
  if (!said) refuse("-j", text, "expected the slots per node in the first line of this file, as N, N%, +N or -N");
  options.slots = *said;
  options.slots_file = std::filesystem::absolute(text).string();
}

void read_limit(const std::string& text, RunOptions& options) {
  const std::size_t blank = std::min(text.find(' '), text.size());
  const std::string kind = text.substr(0, blank);
  const std::string value = text.substr(std::min(blank + 1, text.size()));
  if (kind == "load") {
    options.load = read_load("--limit load", value);
  } else if (kind == "mem") {
    options.free_memory = parse_size("--limit mem", value, "the memory a node must have free");
  } else {
    refuse("--limit", text,
           "farm knows 'load N' and 'mem SIZE'; to wait for something else let the tasks do it: "
           "'until have-a-licence; do sleep 1; done; COMMAND'");
  }
}

std::string parse_term_sequence_option(std::string_view text) {
  if (parse_term_sequence(text)) return std::string(text);
  refuse("--termseq", text, "expected signals and how long each may take in milliseconds: TERM,200,TERM,100,KILL,25");
}

SlotRule parse_load(std::string_view text) { return read_load("--load", text); }

std::uint64_t parse_size(std::string_view option, std::string_view text, std::string_view meaning) {
  if (const auto bytes = parse_bytes(text)) return *bytes;
  refuse(option, text, fmt::format("expected {} in bytes or with a unit: 500M, 2G, 1.5GiB, 2GB", meaning));
}

int parse_nice(std::string_view text) {
  constexpr int lowest = -20;
  constexpr int highest = 19;
  int number = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_number = error == std::errc{} && stop == text.data() + text.size();
  if (is_number && number >= lowest && number <= highest) return number;
  refuse("--nice", text, "expected a niceness from -20 to 19, where 19 leaves most to others");
}

std::string parse_variable(std::string_view option, std::string_view text) {
  if (is_variable_name(text)) return std::string(text);
  refuse(option, text, "expected the name of an environment variable: letters, digits and _, no digit first");
}

std::uint64_t parse_node_memory(std::string_view text) {
  const std::uint64_t bytes = parse_size("--node-mem", text, "the memory tasks may use on each node");
  if (bytes == 0) refuse("--node-mem", text, "a node without memory runs nothing; leave the option out for all it has");
  return bytes;
}

std::uint32_t parse_node_cpus(std::string_view text) {
  const std::uint32_t cpus = parse_number("--node-cpus", text, "the processors tasks may use on each node");
  if (cpus == 0) refuse("--node-cpus", text, "a node without processors runs nothing; leave the option out for all");
  if (cpus > most_slots) refuse("--node-cpus", text, fmt::format("no node has more than {}", most_slots));
  return cpus;
}

std::uint32_t parse_node_gpus(std::string_view text) {
  constexpr std::uint32_t most_gpus = 4096;
  const std::uint32_t gpus = parse_number("--node-gpus", text, "the GPUs tasks may use on each node");
  if (gpus > most_gpus) refuse("--node-gpus", text, fmt::format("no node has more than {}", most_gpus));
  return gpus;
}

void read_timeout(std::string_view text, RunOptions& options) {
  options.timeout.reset();
  options.timeout_percent.reset();
  if (text.ends_with('%')) {
    double percent = 0;
    const std::string_view digits = text.substr(0, text.size() - 1);
    const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), percent);
    if (error == std::errc{} && stop == digits.data() + digits.size() && percent > 0 && percent < 1e9) {
      options.timeout_percent = percent;
      return;
    }
    refuse("--timeout", text, "expected a percentage of the median time of what succeeded, such as 200%");
  }
  const Nanos limit = parse_time("--timeout", text, "the time a task may take, 0 for no limit,");
  if (limit > Nanos::zero()) options.timeout = limit;
}

void read_delay(std::string_view text, RunOptions& options) {
  options.delay_grows = text.ends_with("auto");
  const auto delay = parse_duration(options.delay_grows ? text.substr(0, text.size() - 4) : text);
  if (!delay) {
    refuse("--delay", text,
           "expected the time between two task starts in seconds or with a unit, 2 or 250ms, and 'auto' behind it, as "
           "in 0.1auto, where it is to adapt itself");
  }
  options.delay = *delay;
}

void read_joblog_option(std::string_view text, RunOptions& options) {
  options.append_joblog = text.starts_with('+');
  options.joblog = text.substr(options.append_joblog ? 1 : 0);
  if (options.joblog.empty()) refuse("--joblog", text, "expected the file that is to list the tasks as they end");
}

void read_results(std::string_view text, RunOptions& options) {
  const bool is_table = text.ends_with(".csv") || text.ends_with(".tsv") || text.ends_with(".json");
  if (text.empty()) refuse("--results", text, "expected a directory, or a table as FILE.csv, FILE.tsv or FILE.json");
  options.results = is_table ? "" : text;
  options.results_table = is_table ? text : "";
}

HaltRule parse_halt(std::string_view text) {
  if (const auto rule = read_halt(text)) return *rule;
  refuse(
      "--halt", text,
      "expected never, or WHEN,WHY=VALUE with soon or now, with fail, success or done, and with a number of tasks or a "
      "percentage of them, as in --halt soon,fail=3");
}

Durability parse_durability(std::string_view text) {
  static constexpr Words<Durability, 3> words{
      {{"task", Durability::task}, {"200ms", Durability::interval}, {"none", Durability::none}}};
  if (const auto found = find_word(words, text)) return *found;
  refuse("--durability", text, "expected task, 200ms or none");
}

ProgressMode parse_progress(std::string_view text) {
  static constexpr Words<ProgressMode, 5> words{{{"auto", ProgressMode::automatic},
                                                 {"bar", ProgressMode::bar},
                                                 {"plain", ProgressMode::plain},
                                                 {"json", ProgressMode::json},
                                                 {"none", ProgressMode::none}}};
  if (const auto found = find_word(words, text)) return *found;
  refuse("--progress", text, "expected auto, bar, plain, json or none");
}

Trim parse_trim(std::string_view text) {
  if (text == "n") return Trim::none;
  if (text == "l") return Trim::left;
  if (text == "r") return Trim::right;
  if (text == "lr" || text == "rl") return Trim::both;
  refuse("--trim", text, "expected n (nothing), l (left), r (right) or lr (both ends)");
}

std::string parse_escapes(std::string_view text) {
  constexpr std::string_view letters = "ntrabfv\\";
  constexpr std::string_view meanings = "\n\t\r\a\b\f\v\\";
  std::string plain;
  for (std::size_t at = 0; at < text.size();) {
    const char next = text[at] == '\\' && at + 1 < text.size() ? text[at + 1] : '\0';
    const bool is_hex = next == 'x';
    const std::size_t digits = at + (is_hex ? 2 : 1);
    const std::string_view number = text.substr(std::min(digits, text.size()), is_hex ? 2 : 3);
    unsigned value = 0;
    const char* const end = std::from_chars(number.data(), number.data() + number.size(), value, is_hex ? 16 : 8).ptr;
    const auto length = static_cast<std::size_t>(end - number.data());
    if (text[at] == '\\' && length > 0 && value < 256) {
      plain += static_cast<char>(value);
      at = digits + length;
    } else if (const std::size_t letter = letters.find(next); next != '\0' && letter != letters.npos) {
      plain += meanings[letter];
      at += 2;
    } else {
      plain += text[at++];
    }
  }
  return plain;
}

std::uint32_t parse_number(std::string_view option, std::string_view text, std::string_view meaning) {
  constexpr auto most = std::numeric_limits<std::uint32_t>::max();
  const auto number = parse_count(text);
  if (!number || *number > most) {
    refuse(option, text, fmt::format("expected {} as a whole number from 0 to {}", meaning, most));
  }
  return static_cast<std::uint32_t>(*number);
}

std::uint32_t parse_tries(std::string_view text) {
  return parse_number("--retries", text, "the tries of a task in all, 0 for no limit,");
}

Nanos parse_heartbeat(std::string_view text) {
  const Nanos limit = parse_time("--heartbeat", text, "the time after which a silent rank is lost, 0 for never,");
  if (limit > Nanos::zero() && limit < std::chrono::seconds(1)) {
    refuse("--heartbeat", text, "a rank may well be silent for a second on a machine that has much to do");
  }
  return limit;
}

Shard parse_shard(std::string_view text) {
  constexpr std::uint64_t most = 1'000'000;
  const std::size_t slash = text.find('/');
  const auto number = parse_count(text.substr(0, slash));
  const auto count = slash == text.npos ? std::nullopt : parse_count(text.substr(slash + 1));
  if (!number || !count || *count > most) {
    refuse("--shard", text, "expected which part of how many this farm is to run, such as 2/4");
  }
  if (*number == 0 || *number > *count) {
    refuse("--shard", text, fmt::format("shards are counted from 1, so that the last of {0} is {0}/{0}", *count));
  }
  return {static_cast<std::uint32_t>(*number), static_cast<std::uint32_t>(*count)};
}

RetryRule parse_retry_on(std::string_view text) {
  try {
    return parse_retry_rule(text);
  } catch (const NeedsError& error) {
    refuse("--retry-on", text, error.what());
  }
}

int parse_signal_option(std::string_view option, std::string_view text) {
  try {
    return parse_signal(text);
  } catch (const NeedsError& error) {
    refuse(option, text, error.what());
  }
}

void read_tokens(std::string_view text, RunOptions& options) {
  try {
    for (const auto& [name, count] : parse_tokens(text)) {
      if (!options.tokens.emplace(name, count).second) refuse("--token", text, "this token was given before");
    }
  } catch (const NeedsError& error) {
    refuse("--token", text, error.what());
  }
}

Nanos parse_time(std::string_view option, std::string_view text, std::string_view meaning) {
  if (const auto duration = parse_duration(text)) return *duration;
  refuse(option, text, fmt::format("expected {} in seconds or with a unit: 90, 250ms, 10m, 1.5h, 2d", meaning));
}

}  // namespace farm
