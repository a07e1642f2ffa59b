#include "manifest/check_room.hpp"

#include <fmt/format.h>

#include <string>

#include "base/needs_text.hpp"

namespace farm {
namespace {

// Those behind them are most likely like them; what fits nowhere ends the run when its turn comes.
constexpr std::uint64_t most_looked_at = 1'000'000;

void check_task(const TaskSource& source, const Needs& needs, const Needs& room, Complaints& complaints) {
  const auto compare = [&](std::string_view key, bool fits, const Needs& wanted, std::string_view option) {
    if (fits) return;
    complaints.add_once(
        source.complaint(key, 0,
                         fmt::format("this task needs {}, and this node has {}; where it has more, say so: {}",
                                     format_needs(wanted), format_needs(room), option)));
  };
  compare("cpus", needs.cpus <= room.cpus, {.cpus = needs.cpus}, "--node-cpus");
  compare("mem", room.memory == 0 || needs.memory <= room.memory, {.memory = needs.memory}, "--node-mem");
  compare("gpus", needs.gpus <= room.gpus, {.gpus = needs.gpus}, "--node-gpus");
}

}  // namespace

void check_room(TaskSource& source, const Needs& room, Complaints& complaints) {
  TaskSpec task;
  for (std::uint64_t i = 0; i < most_looked_at && source.next(task) == TaskSource::Next::task; ++i) {
    if (!task.needs.is_plain()) check_task(source, task.needs, room, complaints);
  }
  source.rewind();
}

}  // namespace farm
