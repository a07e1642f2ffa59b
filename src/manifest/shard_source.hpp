/// `--shard 2/4`: of another source's tasks every fourth, beginning with the second. The others are there, too, but are
/// not to be run: a task has the same number in every shard. Knows nothing of how the shards' runs are kept apart.
#pragma once
#include <memory>

#include "farm/options.hpp"
#include "manifest/task_source.hpp"

namespace farm {

class ShardSource final : public TaskSource {
 public:
  /// Reads `source` once, and throws Error (usage) where it cannot be divided: it is a stream, which only one farm can
  /// read, or has a barrier, which would have to hold for the other shards as well.
  ShardSource(std::unique_ptr<TaskSource> source, Shard shard);

  Next next(TaskSpec& task) override;
  int fd() const override { return source_->fd(); }
  std::optional<std::uint64_t> total() const override { return source_->total(); }
  std::optional<Fingerprint> digest() const override { return source_->digest(); }
  Links links() const override { return source_->links(); }
  Complaint complaint(std::string_view key, std::size_t item, const std::string& message) const override {
    return source_->complaint(key, item, message);
  }
  void settled(std::uint64_t ordinal) override { source_->settled(ordinal); }
  void rewind() override;

 private:
  std::unique_ptr<TaskSource> source_;
  Shard shard_;
  std::uint64_t read_ = 0;
};

}  // namespace farm
