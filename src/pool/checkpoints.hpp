/// The checkpoints that a pool has open, each once whatever it is called, until the pool ends: to open one again while
/// the last who had it is still closing it would fail. Knows nothing of what is in them.
#pragma once
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "pool/checkpoint.hpp"

namespace farm {

class Checkpoints {
 public:
  /// The one in the directory `name`.farm, made when it is not there. Throws Error (usage) when it cannot be used, as
  /// by a second program at a time. Thread-safe, which what it returns is not.
  std::shared_ptr<Checkpoint> open(const std::string& name);

 private:
  std::mutex mutex_;
  std::map<std::filesystem::path, std::shared_ptr<Checkpoint>> all_;
};

}  // namespace farm
