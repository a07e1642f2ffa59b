#include <algorithm>

#include "manifest/task_source.hpp"

namespace farm {
namespace {

void add_count(Fingerprinter& fingerprinter, std::size_t count) { fingerprinter.field(std::to_string(count)); }

// In the order of the names: moving `env.A=1` behind `env.B=2` does not make another task.
void add_env(Fingerprinter& fingerprinter, std::vector<std::pair<std::string, std::string>> env) {
  std::stable_sort(env.begin(), env.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  add_count(fingerprinter, env.size());
  for (const auto& [name, value] : env) {
    fingerprinter.field(name);
    fingerprinter.field(value);
  }
}

// Most tasks have none and keep the identity they had before there were any.
void add_input(Fingerprinter& fingerprinter, const TaskSpec& task) {
  if (!task.resident.empty()) {
    fingerprinter.field("resident");
    fingerprinter.field(task.resident);
  }
  if (!task.stdin_file.empty()) {
    fingerprinter.field("stdin_file");
    fingerprinter.field(task.stdin_file);
  }
  if (task.stdin_parts.empty()) return;
  fingerprinter.field("stdin");
  fingerprinter.field(task.stdin_version);
  for (const FileRange& part : task.stdin_parts) {
    fingerprinter.field(part.path);
    fingerprinter.field(std::to_string(part.offset));
    fingerprinter.field(std::to_string(part.bytes));
  }
}

}  // namespace

Fingerprint identity(const TaskSpec& task, std::string_view launch_dir) {
  Fingerprinter fingerprinter;
  if (!task.name.empty()) {
    fingerprinter.field("name");
    fingerprinter.field(task.name);
    return fingerprinter.value();
  }
  if (task.argv.empty()) {
    fingerprinter.field("command");
    fingerprinter.field(task.command);
  } else {
    fingerprinter.field("argv");
    add_count(fingerprinter, task.argv.size());
    for (const std::string& argument : task.argv) fingerprinter.field(argument);
  }
  fingerprinter.field(task.cwd.empty() ? launch_dir : task.cwd);
  add_env(fingerprinter, task.env);
  add_input(fingerprinter, task);
  return fingerprinter.value();
}

}  // namespace farm
