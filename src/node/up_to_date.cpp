#include "node/up_to_date.hpp"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <system_error>

namespace farm {
namespace {

using Time = std::filesystem::file_time_type;

std::optional<Time> changed_at(const std::string& path) {
  std::error_code error;
  const Time time = std::filesystem::last_write_time(path, error);
  return error ? std::nullopt : std::optional(time);
}

}  // namespace

bool is_up_to_date(const std::vector<std::string>& inputs, const std::vector<std::string>& outputs) {
  if (outputs.empty()) return false;
  Time oldest = Time::max();
  for (const std::string& output : outputs) {
    const auto time = changed_at(output);
    if (!time) return false;
    oldest = std::min(oldest, *time);
  }
  for (const std::string& input : inputs) {
    const auto time = changed_at(input);
    if (!time || *time > oldest) return false;
  }
  return true;
}

}  // namespace farm
