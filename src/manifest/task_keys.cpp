#include "manifest/task_keys.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "base/needs_text.hpp"
#include "base/text.hpp"
#include "manifest/task_lists.hpp"
#include "manifest/task_values.hpp"

namespace farm {
namespace {

constexpr std::string_view env_prefix = "env.";
constexpr std::string_view token_prefix = "tokens.";

template <std::string TaskSpec::*member>
Trouble set_file(TaskSpec& task, std::string_view value, std::string_view /*launch_dir*/) {
  if (value.empty()) return "the name of a file must not be empty";
  task.*member = value;
  return std::nullopt;
}

Trouble set_resident(TaskSpec& task, std::string_view value, std::string_view /*launch_dir*/) {
  if (value.empty()) return "the command that starts a resident program must not be empty";
  task.resident = value;
  return std::nullopt;
}

template <const char* key>
Trouble set_words(TaskSpec& task, std::string_view value, std::string_view /*launch_dir*/) {
  std::string all;
  for (const ItemTrouble& trouble : set_task_list(task, key, split_words(value))) {
    all += (all.empty() ? "" : "; and ") + trouble.message;
  }
  return all.empty() ? std::nullopt : Trouble(all);
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

constexpr std::array<Key, 19> keys{{
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
    {"resident", set_resident, KeyKind::text},
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
