/// The tasks of a job log that failed, as `--retry-failed` runs them: with the commands and under the numbers they have
/// there.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "manifest/task_source.hpp"

namespace farm {

class RetrySource final : public TaskSource {
 public:
  /// `count`: one more than the highest number in the log. Numbers that are not in `commands` become empty tasks that
  /// nobody may run: the others keep their numbers.
  RetrySource(std::map<TaskId, std::string> commands, std::uint64_t count)
      : commands_(std::move(commands)), count_(count) {}

  Next next(TaskSpec& task) override;
  int fd() const override { return -1; }
  std::optional<std::uint64_t> total() const override { return count_; }
  std::optional<Fingerprint> digest() const override { return std::nullopt; }
  void rewind() override { at_ = 0; }

 private:
  std::map<TaskId, std::string> commands_;
  std::uint64_t count_;
  std::uint64_t at_ = 0;
};

}  // namespace farm
