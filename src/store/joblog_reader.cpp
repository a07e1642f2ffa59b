#include "store/joblog_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <fstream>
#include <optional>
#include <string_view>

#include "base/text.hpp"
#include "base/units.hpp"
#include "farm/error.hpp"
#include "store/file_ops.hpp"
#include "store/joblog.hpp"

namespace farm {
namespace {

struct Line {
  TaskId task{};
  bool good = false;
  std::string_view command;
};

// More tasks than this no run can have; a number like that in a damaged log must not become so many bits of memory.
constexpr std::uint64_t most_tasks = std::uint64_t{1} << 32;

bool is_zero(std::string_view number) { return number == "0"; }

bool is_number(std::string_view text) {
  std::int32_t number = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && stop == text.data() + text.size();
}

std::optional<Line> parse(std::string_view text) {
  constexpr std::size_t seq = 0, exit_value = 6, signal = 7, columns_before_command = 8;
  std::array<std::string_view, columns_before_command> columns;
  for (std::string_view& column : columns) {
    const std::size_t tab = text.find('\t');
    if (tab == std::string_view::npos) return std::nullopt;
    column = text.substr(0, tab);
    text.remove_prefix(tab + 1);
  }
  const auto number = parse_count(columns[seq]);
  if (!number || *number == 0 || *number > most_tasks) return std::nullopt;
  if (!is_number(columns[exit_value]) || !is_number(columns[signal])) return std::nullopt;
  return Line{TaskId{*number - 1}, is_zero(columns[exit_value]) && is_zero(columns[signal]), text};
}

// What a killed run left of its last line, before a later one was appended.
bool is_cut_off(std::string_view text) {
  return (text.front() >= '0' && text.front() <= '9') || joblog_heading.starts_with(text);
}

void add(LoggedTasks& tasks, const Line& line) {
  tasks.all.add(line.task);
  tasks.count = std::max(tasks.count, value(line.task) + 1);
  tasks.failed.erase(line.task);
  if (line.good) return;
  std::string command(line.command);
  std::replace(command.begin(), command.end(), '\0', '\n');
  tasks.failed.emplace(line.task, std::move(command));
}

}  // namespace

LoggedTasks read_joblog(const std::string& path) {
  LoggedTasks tasks;
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file && errno == ENOENT) return tasks;
  if (!file) fail_usage(fmt::format("--joblog {}: it cannot be read: {}", printable(path), error_text(errno)));
  std::string text;
  for (std::uint64_t number = 1; std::getline(file, text) && !file.eof(); ++number) {
    // A file may have several headings: runs may have been appended to it.
    if (text.empty() || text.starts_with("Seq\t")) continue;
    if (const auto line = parse(text)) {
      add(tasks, *line);
    } else if (!is_cut_off(text)) {
      fail_usage(fmt::format("{}:{}: this is not a line of a job log, so nothing can be resumed from it: {}",
                             printable(path), number, printable(text)));
    }
  }
  return tasks;
}

}  // namespace farm
