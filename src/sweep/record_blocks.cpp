#include "sweep/record_blocks.hpp"

#include <algorithm>

namespace farm {
namespace {

constexpr std::uint64_t usual_block_bytes = 1 << 20;

std::uint64_t borders_together(const PipeOptions& options) {
  if (options.records == 0 && options.lines == 0) return 0;
  return std::max<std::uint64_t>(options.records, 1) * std::max<std::uint64_t>(options.lines, 1);
}

}  // namespace

// The steps of GNU parallel, so that the blocks are the same: 30 percent and one more, rounded up.
std::uint64_t grown_block(std::uint64_t bytes) { return bytes + bytes / 10 * 3 + (bytes % 10 * 3 + 9) / 10 + 1; }

std::uint64_t block_bytes(const PipeOptions& options) {
  const std::int64_t asked = options.block.value_or(0);
  return asked > 0 ? static_cast<std::uint64_t>(asked) : usual_block_bytes;
}

RecordBlocks::RecordBlocks(const PipeOptions& options, std::uint64_t start)
    : border_(options),
      block_bytes_(block_bytes(options)),
      group_(borders_together(options)),
      is_sized_(options.records == 0),
      start_(start),
      border_at_(start),
      looked_(start),
      held_from_(start) {}

void RecordBlocks::take(std::string_view bytes, std::vector<std::uint64_t>& ends) {
  held_ += bytes;
  while (is_sized_ && held_end() - start_ >= block_bytes_) {
    look(start_ + block_bytes_, ends);
    if (border_at_ > start_) {
      cut(border_at_, ends);
    } else {
      block_bytes_ = grown_block(block_bytes_);
    }
  }
  look(held_end(), ends);
  held_.erase(0, looked_ - held_from_);
  held_from_ = looked_;
}

void RecordBlocks::finish(std::vector<std::uint64_t>& ends) {
  // What is too little for a group is a block of its own, as there is nothing to complete it.
  if (group_ > 0 && border_at_ > start_) cut(border_at_, ends);
  if (held_end() > start_) cut(held_end(), ends);
}

// What was not looked at before `to`.
std::string_view RecordBlocks::held(std::uint64_t to) const {
  return std::string_view(held_).substr(looked_ - held_from_, to - looked_);
}

void RecordBlocks::look(std::uint64_t to, std::vector<std::uint64_t>& ends) {
  const std::uint64_t mark_bytes = border_.mark().size();
  if (mark_bytes == 0) {
    count_bytes(to, ends);
    looked_ = to;
    return;
  }
  if (to < looked_ + mark_bytes) return;
  if (group_ == 0) {
    look_for_last(to);
  } else {
    look_for_each(to, ends);
  }
  looked_ = std::max(looked_, to - (mark_bytes - 1));
}

void RecordBlocks::look_for_last(std::uint64_t to) {
  const auto mark = border_.last(held(to));
  if (!mark) return;
  const std::uint64_t border = looked_ + *mark + border_.before();
  if (border > start_) border_at_ = border;
}

void RecordBlocks::look_for_each(std::uint64_t to, std::vector<std::uint64_t>& ends) {
  while (const auto mark = border_.first(held(to))) {
    const std::uint64_t border = looked_ + *mark + border_.before();
    looked_ += *mark + border_.mark().size();
    if (border == start_ || ++count_ < group_) continue;
    count_ = 0;
    border_at_ = border;
    if (!is_sized_) cut(border, ends);
  }
}

void RecordBlocks::count_bytes(std::uint64_t to, std::vector<std::uint64_t>& ends) {
  if (is_sized_) border_at_ = to;
  while (!is_sized_ && to - start_ >= group_) cut(start_ + group_, ends);
}

void RecordBlocks::cut(std::uint64_t end, std::vector<std::uint64_t>& ends) {
  ends.push_back(end);
  start_ = end;
  border_at_ = end;
  looked_ = std::max(looked_, end);
}

}  // namespace farm
