#include "api/missing_files.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <utility>

#include "base/text.hpp"
#include "base/units.hpp"
#include "core/task_files.hpp"

namespace farm {
namespace {

// Names beyond these are most likely like them, and would only fill the memory.
constexpr std::size_t most_kept = 100'000;

std::size_t hash_of(std::string_view path) { return std::hash<std::string_view>()(path); }

// What depends on the slot is known only when the task starts.
bool is_known(std::string_view path) { return path.find('\0') == std::string_view::npos; }

}  // namespace

void MissingFiles::makes(const TaskSpec& task) {
  const std::string& directory = task.cwd.empty() ? launch_dir_ : task.cwd;
  const auto make = [&](const std::string& file) {
    if (file.empty() || !is_known(directory) || !is_known(file)) return;
    // Who makes a file may well make its directory.
    for (std::string path = file_key(directory, file); path.size() > 1;) {
      if (!made_.insert(hash_of(path)).second) return;
      path.resize(path.rfind('/') == std::string::npos ? 0 : path.rfind('/'));
    }
  };
  for (const std::string& file : task.outputs) make(file);
  make(task.stdout_file);
  make(task.stderr_file);
}

void MissingFiles::needs(const TaskSpec& task, const PlaceOf& place_of) {
  const std::string& directory = task.cwd.empty() ? launch_dir_ : task.cwd;
  if (!is_known(directory)) return;
  const bool has_directory = is_there(directory);
  if (!has_directory) miss(directory, directory, true, place_of("cwd", 0));
  const auto need = [&](const std::string& file, std::string_view key, std::size_t item) {
    // In a directory that is missing everything is.
    if (file.empty() || !is_known(file) || (!has_directory && !file.starts_with('/'))) return;
    const std::string path = file_key(directory, file);
    if (!is_there(path)) miss(path, file, false, place_of(key, item));
  };
  for (std::size_t item = 0; item < task.inputs.size(); ++item) need(task.inputs[item], "inputs", item);
  need(task.stdin_file, "stdin", 0);
}

std::vector<std::string> MissingFiles::lines() const {
  std::vector<std::string> lines;
  for (const auto& [path, missing] : missing_) {
    if (made_.contains(hash_of(path))) continue;
    const std::string count = missing.tasks == 1 ? "" : fmt::format("; {} tasks need it", format_count(missing.tasks));
    lines.push_back(fmt::format("{}: there is no {} {} here, and no task makes it{}", missing.place,
                                missing.is_directory ? "directory" : "file", shell_quote(printable(missing.shown)),
                                count));
  }
  return lines;
}

bool MissingFiles::is_there(const std::string& path) {
  if (there_.contains(path)) return true;
  if (numbers_.contains(path) || ::access(path.c_str(), F_OK) != 0) return false;
  if (there_.size() < most_kept) there_.insert(path);
  return true;
}

void MissingFiles::miss(const std::string& path, const std::string& shown, bool is_directory,
                        const std::string& place) {
  const auto found = numbers_.find(path);
  if (found != numbers_.end()) {
    ++missing_[found->second].second.tasks;
  } else if (missing_.size() < most_kept) {
    numbers_.emplace(path, missing_.size());
    missing_.emplace_back(path, Missing{shown, place, 1, is_directory});
  }
}

}  // namespace farm
