/// `--round-robin`: blocks of data dealt in turn to as many tasks as run at a time. Knows nothing of where blocks come
/// from.
#pragma once
#include <memory>
#include <vector>

#include "manifest/pipe_task.hpp"
#include "manifest/task_source.hpp"

namespace farm {

class RoundRobinSource final : public TaskSource {
 public:
  /// What each task of `blocks` reads goes to the next of `hands` tasks, of which none is without a block. They begin
  /// when the last block is known, so a stream has come to its end by then.
  RoundRobinSource(std::unique_ptr<TaskSource> blocks, std::uint64_t hands, MakePipeTask make);

  Next next(TaskSpec& task) override;
  int fd() const override { return blocks_->fd(); }
  std::optional<std::uint64_t> total() const override { return std::nullopt; }
  /// A carried-on run deals anew.
  std::optional<Fingerprint> digest() const override { return std::nullopt; }
  void rewind() override;

 private:
  struct Hand {
    std::vector<FileRange> parts;
    std::string version;
  };

  Next deal();

  std::unique_ptr<TaskSource> blocks_;
  std::uint64_t most_;
  MakePipeTask make_;
  std::vector<Hand> hands_;
  std::uint64_t dealt_ = 0;
  std::size_t given_ = 0;
  bool has_all_ = false;
};

}  // namespace farm
