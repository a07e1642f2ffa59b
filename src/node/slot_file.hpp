/// `-j FILE`: a file that says how many slots a node has, and may say something else while the run goes on.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/slot_rule.hpp"

namespace farm {

class SlotFile {
 public:
  /// An empty path is no file. `known` is what the file has said already.
  SlotFile(std::string path, const SlotRule& known) : path_(std::move(path)), rule_(known) {}

  /// What it says now, if that is something else than before. A file that is gone, cannot be read, or has no number of
  /// slots in it says nothing new.
  std::optional<SlotRule> changed();

  /// Only the first word counts; nullopt when that is none, or the file cannot be read.
  static std::optional<std::string> first_word(const std::string& path);

 private:
  std::string path_;
  SlotRule rule_;
};

}  // namespace farm
