#include "manifest/task_keys.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <limits>
#include <vector>

#include "base/text.hpp"
#include "base/units.hpp"

namespace farm {
namespace {

using Trouble = std::optional<std::string>;

constexpr std::string_view env_prefix = "env.";

Trouble set_name(TaskSpec& task, std::string_view value, std::string_view /*launch_dir*/) {
  if (value.empty()) return "a name must not be empty";
  // Names are typed on command lines and kept in a text file: what would have to be shown in another form is refused.
  if (printable(value, value.size()) != value) return "a name must be UTF-8 text without control characters";
  task.name = value;
  return std::nullopt;
}

Trouble set_timeout(TaskSpec& task, std::string_view value, std::string_view /*launch_dir*/) {
  const auto timeout = parse_duration(value);
  if (!timeout) {
    return fmt::format("'{}' is not a duration; write for example 90, 250ms, 10m or 1.5h", printable(value));
  }
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

struct Key {
  std::string_view name;
  Trouble (*set)(TaskSpec& task, std::string_view value, std::string_view launch_dir);
  bool takes_number;
};

constexpr std::array<Key, 5> keys{{
    {"name", set_name, false},
    {"timeout", set_timeout, true},
    {"retries", set_retries, true},
    {"cwd", set_cwd, false},
    {"tag", set_tag, false},
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

bool takes_number(std::string_view key) {
  const Key* const known = find_key(key);
  return known != nullptr && known->takes_number;
}

std::optional<std::string> set_task_key(TaskSpec& task, std::string_view key, std::string_view value,
                                        std::string_view launch_dir) {
  if (const Key* const known = find_key(key)) return known->set(task, value, launch_dir);
  set_env(task, key.substr(env_prefix.size()), value);
  return std::nullopt;
}

}  // namespace farm
