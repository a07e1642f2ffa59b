#include "api/dry_run.hpp"

#include <poll.h>

#include <algorithm>

#include "api/open_tasks.hpp"
#include "api/prepare.hpp"
#include "node/fill_slot.hpp"

namespace farm {
namespace {

constexpr std::uint32_t any_slot = 1;
constexpr std::size_t enough_bytes = 64 * 1024;

// As GNU parallel has it: the tag comes before each line of a command.
void append_tagged(std::string& lines, const std::string& tag, std::string_view command) {
  for (bool is_first = true; is_first || !command.empty(); is_first = false) {
    const std::string_view line = command.substr(0, command.find('\n'));
    lines.append(tag).append(1, '\t').append(line).append(1, '\n');
    command.remove_prefix(std::min(line.size() + 1, command.size()));
  }
}

void append_line(std::string& lines, const TaskSpec& task, const RunOptions& options) {
  auto filled = at_slot(task, any_slot);
  if (options.redact) filled = redacted(filled ? *filled : task);
  const TaskSpec& shown = filled ? *filled : task;
  if (options.tag && options.sweep) return append_tagged(lines, shown.tag, command_line(shown));
  if (shown.argv.empty()) {
    lines += shown.command;
  } else {
    lines += command_line(shown);
  }
  lines += '\n';
}

void wait_until_readable(int fd) {
  pollfd readable{.fd = fd, .events = POLLIN, .revents = 0};
  ::poll(&readable, 1, -1);
}

}  // namespace

void list_commands(const RunOptions& options, const std::function<void(std::string_view)>& write) {
  const Tasks tasks = open_tasks(options, launch_directory(), 1);
  TaskSource& source = *tasks.source;
  std::string lines;
  TaskSpec task;
  TaskId id{};
  for (auto next = TaskSource::Next::task; next != TaskSource::Next::end;) {
    next = source.next(task);
    if (next == TaskSource::Next::task) {
      const bool is_logged = tasks.logged && tasks.logged->contains(id);
      id = farm::next(id);
      if (!task.skip && !is_logged) append_line(lines, task, options);
      if (lines.size() < enough_bytes) continue;
    }
    write(lines);
    lines.clear();
    if (next == TaskSource::Next::later) wait_until_readable(source.fd());
  }
}

}  // namespace farm
