#include "node/task_outputs.hpp"

#include <filesystem>
#include <system_error>

#include "base/temporary_name.hpp"
#include "base/text.hpp"

namespace farm {
namespace {

namespace fs = std::filesystem;

bool is_there(const std::string& path) {
  std::error_code unknown;
  return fs::exists(path, unknown);
}

bool can_be_replaced(const std::string& path) {
  std::error_code unknown;
  const fs::file_status status = fs::status(path, unknown);
  return !fs::exists(status) || fs::is_regular_file(status) || fs::is_directory(status);
}

// Of a directory "out/" the name is "out".
std::string without_slashes(std::string path) {
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  return path;
}

}  // namespace

std::string path_in(const std::string& directory, const std::string& name) {
  std::error_code unknown;
  const fs::path base = directory.empty() ? fs::current_path(unknown) : fs::path(directory);
  return (base / name).string();
}

TaskOutputs::TaskOutputs(const std::vector<std::string>& names, const std::string& directory, std::string_view token) {
  for (const std::string& name : names) {
    std::string path = without_slashes(path_in(directory, name));
    std::string temporary = can_be_replaced(path) ? temporary_beside(path, token) : path;
    outputs_.push_back({std::move(path), std::move(temporary)});
  }
}

std::vector<std::pair<std::string, std::string>> TaskOutputs::variables() const {
  std::vector<std::pair<std::string, std::string>> variables;
  if (!outputs_.empty()) variables.emplace_back("FARM_OUTPUT", outputs_.front().temporary);
  for (std::size_t i = 0; i < outputs_.size(); ++i) {
    variables.emplace_back("FARM_OUTPUT_" + std::to_string(i + 1), outputs_[i].temporary);
  }
  return variables;
}

std::string TaskOutputs::publish() const {
  for (const Output& output : outputs_) {
    if (is_there(output.temporary) || is_there(output.path)) continue;
    return "the task ended well but did not make its output " + printable(output.path) +
           ": it may write it under that name or under the one in FARM_OUTPUT";
  }
  for (const Output& output : outputs_) {
    if (output.temporary == output.path || !is_there(output.temporary)) continue;
    std::error_code error;
    fs::rename(output.temporary, output.path, error);
    if (error) return "cannot give the output " + printable(output.path) + " its name: " + error.message();
  }
  return {};
}

void TaskOutputs::discard() const {
  for (const Output& output : outputs_) {
    std::error_code ignored;
    if (output.temporary != output.path) fs::remove_all(output.temporary, ignored);
  }
}

}  // namespace farm
