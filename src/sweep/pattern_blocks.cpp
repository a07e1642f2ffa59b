#include "sweep/pattern_blocks.hpp"

#include "sweep/record_blocks.hpp"

namespace farm {

PatternBlocks::PatternBlocks(const PipeOptions& options, std::uint64_t start)
    : pattern_(options), block_bytes_(block_bytes(options)), records_(options.records), start_(start) {}

void PatternBlocks::take(std::string_view bytes, std::vector<std::uint64_t>& ends) {
  held_ += bytes;
  if (records_ == 0) return cut_sized(ends);
  if (held_.size() < try_at_) return;
  cut_counted(false, ends);
  // Looking again through the same record is paid for by what has come meanwhile.
  try_at_ = passed_ + 2 * (held_.size() - passed_);
}

void PatternBlocks::finish(std::vector<std::uint64_t>& ends) {
  if (records_ > 0) cut_counted(true, ends);
  if (!held_.empty()) cut(held_.size(), ends);
}

void PatternBlocks::cut_sized(std::vector<std::uint64_t>& ends) {
  while (held_.size() >= block_bytes_) {
    if (const auto border = pattern_.last(std::string_view(held_).substr(0, block_bytes_))) {
      cut(*border, ends);
    } else {
      block_bytes_ = grown_block(block_bytes_);
    }
  }
}

void PatternBlocks::cut_counted(bool is_all, std::vector<std::uint64_t>& ends) {
  std::size_t begun = 0;
  while (const auto border = pattern_.first(std::string_view(held_).substr(passed_), is_all)) {
    passed_ += *border;
    if (++count_ < records_) continue;
    ends.push_back(start_ + (passed_ - begun));
    start_ += passed_ - begun;
    begun = passed_;
    count_ = 0;
  }
  held_.erase(0, begun);
  passed_ -= begun;
}

void PatternBlocks::cut(std::size_t bytes, std::vector<std::uint64_t>& ends) {
  start_ += bytes;
  ends.push_back(start_);
  held_.erase(0, bytes);
}

}  // namespace farm
