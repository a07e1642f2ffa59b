#include "manifest/shard_source.hpp"

#include <fmt/format.h>

#include <utility>

#include "farm/error.hpp"

namespace farm {

ShardSource::ShardSource(std::unique_ptr<TaskSource> source, Shard shard) : source_(std::move(source)), shard_(shard) {
  if (!source_->digest()) {
    fail_usage("--shard divides a list that every shard can read as a whole: write it to a file first");
  }
  TaskSpec task;
  while (source_->next(task) == Next::task) {
    if (!task.after_barrier) continue;
    const Complaint place = source_->complaint("", 0, "");
    fail_usage(
        fmt::format("{}:{}: this task waits behind a barrier for all above it, and with --shard {}/{} most of them are "
                    "run by others: make one list of what is before the barrier and one of what is behind it",
                    place.file, place.line, shard_.number, shard_.count));
  }
  source_->rewind();
}

TaskSource::Next ShardSource::next(TaskSpec& task) {
  const Next next = source_->next(task);
  if (next == Next::task && read_++ % shard_.count != shard_.number - 1) task.skip = true;
  return next;
}

void ShardSource::rewind() {
  source_->rewind();
  read_ = 0;
}

}  // namespace farm
