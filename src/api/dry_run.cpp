#include "api/dry_run.hpp"

#include <poll.h>

#include "api/open_tasks.hpp"
#include "api/prepare.hpp"
#include "node/fill_slot.hpp"

namespace farm {
namespace {

constexpr std::uint32_t any_slot = 1;
constexpr std::size_t enough_bytes = 64 * 1024;

void append_line(std::string& lines, const TaskSpec& task) {
  if (const auto filled = at_slot(task, any_slot)) {
    lines += command_line(*filled);
  } else if (task.argv.empty()) {
    lines += task.command;
  } else {
    lines += command_line(task);
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
      if (!task.skip && !is_logged) append_line(lines, task);
      if (lines.size() < enough_bytes) continue;
    }
    write(lines);
    lines.clear();
    if (next == TaskSource::Next::later) wait_until_readable(source.fd());
  }
}

}  // namespace farm
