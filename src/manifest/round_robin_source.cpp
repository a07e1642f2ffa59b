#include "manifest/round_robin_source.hpp"

#include <algorithm>
#include <utility>

#include "base/check.hpp"

namespace farm {

RoundRobinSource::RoundRobinSource(std::unique_ptr<TaskSource> blocks, std::uint64_t hands, MakePipeTask make)
    : blocks_(std::move(blocks)), most_(std::max<std::uint64_t>(hands, 1)), make_(std::move(make)) {}

TaskSource::Next RoundRobinSource::next(TaskSpec& task) {
  if (!has_all_ && deal() == Next::later) return Next::later;
  if (given_ == hands_.size()) return Next::end;
  Hand& hand = hands_[given_];
  task = make_(++given_);
  task.stdin_parts = std::move(hand.parts);
  task.stdin_version = hand.version;
  return Next::task;
}

TaskSource::Next RoundRobinSource::deal() {
  TaskSpec block;
  Next next = blocks_->next(block);
  for (; next == Next::task; next = blocks_->next(block)) {
    const std::size_t whose = dealt_++ % most_;
    if (whose == hands_.size()) hands_.emplace_back();
    Hand& hand = hands_[whose];
    // A header stands before every block; a task needs it once.
    auto first = block.stdin_parts.begin();
    const bool has_header = first != block.stdin_parts.end() && first->offset == 0 && block.stdin_parts.size() > 1;
    if (has_header && !hand.parts.empty()) ++first;
    hand.parts.insert(hand.parts.end(), first, block.stdin_parts.end());
    hand.version = block.stdin_version;
  }
  has_all_ = next == Next::end;
  return next;
}

void RoundRobinSource::rewind() { FARM_CHECK(digest().has_value()); }

}  // namespace farm
