#include "node/slot_file.hpp"

#include <fstream>

namespace farm {

std::optional<std::string> SlotFile::first_word(const std::string& path) {
  std::ifstream file(path);
  std::string word;
  return file >> word ? std::optional(word) : std::nullopt;
}

// Opened anew every time and not only when its time has changed: it is as short as can be, the clock of a file system
// ticks every few milliseconds, and the time that a network file system tells may be minutes old until it is opened.
std::optional<SlotRule> SlotFile::changed() {
  if (path_.empty()) return std::nullopt;
  const auto word = first_word(path_);
  const auto rule = word ? parse_sweep_slot_rule(*word) : std::nullopt;
  if (!rule || *rule == rule_) return std::nullopt;
  rule_ = *rule;
  return rule;
}

}  // namespace farm
