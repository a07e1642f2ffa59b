#include "pool/checkpoints.hpp"

#include <system_error>

#include "farm/error.hpp"

namespace farm {
namespace {

// Also of what is not there yet.
std::filesystem::path real_path(const std::string& directory) {
  std::error_code error;
  const std::filesystem::path whole = std::filesystem::absolute(directory, error);
  const std::filesystem::path real = std::filesystem::weakly_canonical(whole, error);
  return error ? std::filesystem::path(directory) : real;  // opening it will say what is wrong
}

}  // namespace

std::shared_ptr<Checkpoint> Checkpoints::open(const std::string& name) {
  if (name.empty()) fail_usage("a checkpoint needs a name: its results are kept in NAME.farm");
  const std::string directory = name + ".farm";
  const std::filesystem::path path = real_path(directory);
  const std::lock_guard lock(mutex_);
  if (const auto found = all_.find(path); found != all_.end()) return found->second;
  return all_.emplace(path, std::make_shared<Checkpoint>(directory)).first->second;
}

}  // namespace farm
