/// `--tee`: the tasks of one source, each of which reads all the data of another. Knows neither of them.
#pragma once
#include <memory>
#include <vector>

#include "manifest/task_source.hpp"

namespace farm {

class TeeSource final : public TaskSource {
 public:
  /// What the tasks of `data` read, one after the other, is what each of `tasks` reads. They begin when that is known,
  /// so a stream has come to its end by then.
  TeeSource(std::unique_ptr<TaskSource> data, std::unique_ptr<TaskSource> tasks);

  Next next(TaskSpec& task) override;
  int fd() const override;
  std::optional<std::uint64_t> total() const override { return tasks_->total(); }
  /// Known when both sources' are.
  std::optional<Fingerprint> digest() const override;
  void rewind() override;

 private:
  Next gather();

  std::unique_ptr<TaskSource> data_;
  std::unique_ptr<TaskSource> tasks_;
  std::vector<FileRange> parts_;
  std::string version_;
  bool has_all_ = false;
};

}  // namespace farm
