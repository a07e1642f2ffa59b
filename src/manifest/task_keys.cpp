#include "manifest/task_keys.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <limits>
#include <vector>

#include "base/needs_text.hpp"
#include "base/text.hpp"
#include "base/units.hpp"
#include "manifest/task_lists.hpp"

namespace farm {
namespace {

using Trouble = std::optional<std::string>;

constexpr std::string_view env_prefix = "env.";
constexpr std::string_view token_prefix = "tokens.";

// No node has more, nor will soon; and no program runs in less memory.
constexpr std::uint64_t most_cpus = 65'536;
constexpr std::uint64_t most_gpus = 1024;
constexpr std::uint64_t most_memory = std::uint64_t{1} << 50;
constexpr std::uint64_t least_memory = std::uint64_t{64} << 10;

Trouble set_name(TaskSpec& task, std::string_view value, std::string_view /*launch_dir*/) {
  if (value.empty()) return "a name must not be empty";
  // Names are typed on command lines and kept in a text file: what would have to be shown in another form is refused.
  if (printable(value, value.size()) != value) return "a name must be UTF-8 text without control characters";
  task.name = value;
  return std::nullopt;
}

std::string not_a_duration(std::string_view value) {
  return fmt::format("'{}' is not a duration; write for example 90, 250ms, 10m or 1.5h", printable(value));
}

Trouble set_timeout(TaskSpec& task, std::string_view value, std::string_view /*launch_dir*/) {
  const auto timeout = parse_duration(value);
  if (!timeout) return not_a_duration(value);
  task.timeout = *timeout;
  return std::nullopt;
}

Trouble set_retries(TaskSpec& task, std::string_view value, std::string_view /*launch_dir*/) {
  const auto tries = parse_count(value);
  if (!tries || *tries > std::numeric_limits<std::uint32_t>::max()) {
    return fmt::format("'{}' is not a number of tries; write a whole number, 0 for no limit", printable(value));
  }
  task.tries = static_cast<std::uint32_t>(*tries);
  return std::nullopt;
}

// "." and doubled slashes go, so that one directory has one spelling and a task one identity. ".." stays: behind a
// symbolic link it is not what the text suggests.
Trouble set_cwd(TaskSpec& task, std::string_view value, std::string_view launch_dir) {
  if (value.empty()) return "a directory must not be empty";
  const std::filesystem::path written(value);
  std::filesystem::path cwd = written.is_absolute() ? written.root_path() : std::filesystem::path(launch_dir);
  for (const auto& part : written.relative_path()) {
    if (!part.empty() && part != ".") cwd /= part;
  }
  task.cwd = cwd.string();
  return std::nullopt;
}

Trouble set_tag(TaskSpec& task, std::string_view value, std::string_view /*launch_dir*/) {
  task.tag = value;
  return std::nullopt;
}

// A whole number from `least` to `most`; what is more is a slip, and refused as no `unit` there could be.
template <class Number>
Trouble set_number(Number& number, std::string_view value, std::uint64_t least, std::uint64_t most,
                   std::string_view unit) {
  const auto count = parse_count(value);
  if (!count || *count < least || *count > most) {
    return fmt::format("'{}' is not a number of {}; write a whole number from {} to {}", printable(value), unit, least,
                       format_count(most));
  }
  number = static_cast<Number>(*count);
  return std::nullopt;
}

Trouble set_cpus(TaskSpec& task, std::string_view value, std::string_view /*launch_dir*/) {
  return set_number(task.needs.cpus, value, 1, most_cpus, "cores");
}

Trouble set_gpus(TaskSpec& task, std::string_view value, std::string_view /*launch_dir*/) {
  return set_number(task.needs.gpus, value, 0, most_gpus, "GPUs");
}

Trouble set_memory(TaskSpec& task, std::string_view value, std::string_view /*launch_dir*/) {
  const auto bytes = parse_bytes(value);
  if (!bytes) return fmt::format("'{}' is not an amount of memory; write for example 500M or 2GiB", printable(value));
  if (*bytes < least_memory || *bytes > most_memory) {
    return fmt::format("{} of memory cannot be meant; from {} to {} is good, for example 500M or 2GiB",
                       format_bytes(*bytes), format_bytes(least_memory), format_bytes(most_memory));
  }
  task.needs.memory = *bytes;
  return std::nullopt;
}

Trouble set_tokens(TaskSpec& task, std::string_view value, std::string_view /*launch_dir*/) {
  try {
    task.needs.tokens = parse_tokens(value);
    return std::nullopt;
  } catch (const NeedsError& error) {
    return error.what();
  }
}

Trouble set_token(TaskSpec& task, std::string_view name, std::string_view count) {
  try {
    add_token(task.needs.tokens, name, count);
    return std::nullopt;
  } catch (const NeedsError& error) {
    return error.what();
  }
}

Trouble set_priority(TaskSpec& task, std::string_view value, std::string_view /*launch_dir*/) {
  std::int32_t priority = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), priority);
  if (error != std::errc() || end != value.data() + value.size()) {
    return fmt::format("'{}' is not a priority; write a whole number, the higher the sooner", printable(value));
  }
  task.priority = priority;
  return std::nullopt;
}

Trouble set_cost(TaskSpec& task, std::string_view value, std::string_view /*launch_dir*/) {
  const auto cost = parse_duration(value);
  if (!cost) return not_a_duration(value);
  task.cost = *cost;
  return std::nullopt;
}

template <std::string TaskSpec::*member>
Trouble set_file(TaskSpec& task, std::string_view value, std::string_view /*launch_dir*/) {
  if (value.empty()) return "the name of a file must not be empty";
  task.*member = value;
  return std::nullopt;
}

template <const char* key>
Trouble set_words(TaskSpec& task, std::string_view value, std::string_view /*launch_dir*/) {
  const auto trouble = set_task_list(task, key, split_words(value));
  return trouble ? Trouble(trouble->message) : std::nullopt;
}

struct Key {
  std::string_view name;
  Trouble (*set)(TaskSpec& task, std::string_view value, std::string_view launch_dir);
  KeyKind kind;
};

constexpr char after[] = "after";
constexpr char inputs[] = "inputs";
constexpr char outputs[] = "outputs";
constexpr char retry_on[] = "retry_on";

constexpr std::array<Key, 18> keys{{
    {"name", set_name, KeyKind::text},
    {after, set_words<after>, KeyKind::list},
    {"cpus", set_cpus, KeyKind::quantity},
    {"mem", set_memory, KeyKind::quantity},
    {"gpus", set_gpus, KeyKind::quantity},
    {"tokens", set_tokens, KeyKind::table},
    {"timeout", set_timeout, KeyKind::quantity},
    {"retries", set_retries, KeyKind::quantity},
    {retry_on, set_words<retry_on>, KeyKind::list},
    {"priority", set_priority, KeyKind::quantity},
    {"cost", set_cost, KeyKind::quantity},
    {"cwd", set_cwd, KeyKind::text},
    {"stdin", set_file<&TaskSpec::stdin_file>, KeyKind::text},
    {"stdout", set_file<&TaskSpec::stdout_file>, KeyKind::text},
    {"stderr", set_file<&TaskSpec::stderr_file>, KeyKind::text},
    {inputs, set_words<inputs>, KeyKind::list},
    {outputs, set_words<outputs>, KeyKind::list},
    {"tag", set_tag, KeyKind::text},
}};

const Key* find_key(std::string_view name) {
  const auto found = std::find_if(keys.begin(), keys.end(), [&](const Key& key) { return key.name == name; });
  return found == keys.end() ? nullptr : &*found;
}

bool is_variable_name(std::string_view name) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  const auto is_part = [&](char c) { return is_letter(c) || (c >= '0' && c <= '9'); };
  return !name.empty() && is_letter(name.front()) && std::all_of(name.begin(), name.end(), is_part);
}

void set_env(TaskSpec& task, std::string_view name, std::string_view value) {
  const auto found =
      std::find_if(task.env.begin(), task.env.end(), [&](const auto& pair) { return pair.first == name; });
  if (found == task.env.end()) {
    task.env.emplace_back(name, value);
  } else {
    found->second = value;
  }
}

}  // namespace

std::optional<std::string> complaint_about_key(std::string_view key, KeyForm form,
                                               const std::vector<std::string>& others) {
  if (find_key(key) != nullptr) return std::nullopt;
  if (form == KeyForm::line && key.starts_with(env_prefix)) {
    const std::string_view name = key.substr(env_prefix.size());
    if (is_variable_name(name)) return std::nullopt;
    return fmt::format("'{}' is not a name for an environment variable", printable(name));
  }
  std::vector<std::string> names;
  if (form == KeyForm::table) names.emplace_back("command");
  for (const Key& known : keys) names.emplace_back(known.name);
  if (form == KeyForm::table) names.emplace_back("env");
  names.insert(names.end(), others.begin(), others.end());
  if (form == KeyForm::table && std::find(names.begin(), names.end(), key) != names.end()) return std::nullopt;
  const std::string meant = nearest(key, names);
  if (!meant.empty()) return fmt::format("unknown key '{}'; did you mean '{}'?", printable(key), meant);
  return fmt::format("unknown key '{}'; there are {}{}", printable(key), fmt::join(names, ", "),
                     form == KeyForm::line ? " and env.NAME" : "");
}

KeyKind kind_of_key(std::string_view key) {
  const Key* const known = find_key(key);
  return known == nullptr ? KeyKind::text : known->kind;
}

bool asks_for_tasks(std::string_view key) { return key == after || key == inputs || key == "stdin"; }
bool makes_files(std::string_view key) { return key == outputs || key == "stdout" || key == "stderr"; }

std::optional<std::string> set_task_key(TaskSpec& task, std::string_view key, std::string_view value,
                                        std::string_view launch_dir) {
  if (const Key* const known = find_key(key)) return known->set(task, value, launch_dir);
  if (key.starts_with(token_prefix)) return set_token(task, key.substr(token_prefix.size()), value);
  set_env(task, key.substr(env_prefix.size()), value);
  return std::nullopt;
}

}  // namespace farm
