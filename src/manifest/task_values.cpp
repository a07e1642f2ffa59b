#include "manifest/task_values.hpp"

#include <fmt/format.h>

#include <charconv>
#include <filesystem>
#include <limits>

#include "base/needs_text.hpp"
#include "base/text.hpp"
#include "base/units.hpp"

namespace farm {
namespace {

// No node has more, nor will soon; and no program runs in less memory.
constexpr std::uint64_t most_cpus = 65'536;
constexpr std::uint64_t most_gpus = 1024;
constexpr std::uint64_t most_memory = std::uint64_t{1} << 50;
constexpr std::uint64_t least_memory = std::uint64_t{64} << 10;

std::string not_a_duration(std::string_view value) {
  return fmt::format("'{}' is not a duration; write for example 90, 250ms, 10m or 1.5h", printable(value));
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

}  // namespace

Trouble set_name(TaskSpec& task, std::string_view value, std::string_view /*launch_dir*/) {
  if (value.empty()) return "a name must not be empty";
  // Names are typed on command lines and kept in a text file: what would have to be shown in another form is refused.
  if (printable(value, value.size()) != value) return "a name must be UTF-8 text without control characters";
  task.name = value;
  return std::nullopt;
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

}  // namespace farm
