#include "node/fill_slot.hpp"

#include "base/text.hpp"

namespace farm {

// No source writes such text yet.
void fill_slot(LaunchRequest& /*request*/) {}

std::optional<TaskSpec> at_slot(const TaskSpec& /*task*/, std::uint32_t /*slot*/) { return std::nullopt; }

std::string command_line(const TaskSpec& task) {
  if (task.argv.empty()) return task.command;
  std::string line;
  for (const std::string& word : task.argv) {
    if (!line.empty()) line += ' ';
    line += shell_quote(word);
  }
  return line;
}

}  // namespace farm
