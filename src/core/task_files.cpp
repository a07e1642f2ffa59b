#include "core/task_files.hpp"

#include <algorithm>
#include <functional>

namespace farm {
namespace {

constexpr std::uint64_t file_domain = 0x9E3779B97F4A7C15U;

void append_parts(std::string& key, std::string_view path) {
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('/'), path.size());
    const std::string_view part = path.substr(0, end);
    if (!part.empty() && part != ".") key.append("/").append(part);
    path.remove_prefix(std::min(end + 1, path.size()));
  }
}

}  // namespace

std::string file_key(std::string_view directory, std::string_view path) {
  std::string key;
  if (!path.starts_with('/')) append_parts(key, directory);
  append_parts(key, path);
  return key;
}

bool TaskFiles::makes(std::uint64_t file) const {
  return std::any_of(outputs.begin(), outputs.end(), [&](const TaskFile& output) { return output.hash == file; });
}

TaskFiles files_of(const TaskSpec& task, std::string_view launch_dir) {
  const std::string_view directory = task.cwd.empty() ? launch_dir : std::string_view(task.cwd);
  const auto add = [&](std::vector<TaskFile>& files, std::string_view key, std::size_t item, const std::string& path) {
    if (path.empty()) return;
    const std::string file = file_key(directory, path);
    if (file.starts_with("/dev/")) return;
    files.push_back({key, item, std::hash<std::string_view>()(file) ^ file_domain});
  };
  TaskFiles files;
  for (std::size_t i = 0; i < task.inputs.size(); ++i) add(files.inputs, "inputs", i, task.inputs[i]);
  add(files.inputs, "stdin", 0, task.stdin_file);
  for (std::size_t i = 0; i < task.outputs.size(); ++i) add(files.outputs, "outputs", i, task.outputs[i]);
  add(files.outputs, "stdout", 0, task.stdout_file);
  add(files.outputs, "stderr", 0, task.stderr_file);
  return files;
}

}  // namespace farm
