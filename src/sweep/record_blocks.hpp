/// Cuts a stream into blocks of whole records, as it comes and without keeping it: only where the blocks end is known
/// here. The blocks, one after the other, are the stream. Knows nothing of files.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sweep/record_border.hpp"

namespace farm {

/// The size of blocks of a stream: 1 MiB when nothing is said. A negative one makes no sense here and is not looked at.
std::uint64_t block_bytes(const PipeOptions& options);

/// The size to try next when not one record fits into a block of so many bytes.
std::uint64_t grown_block(std::uint64_t bytes);

class RecordBlocks {
 public:
  /// The stream begins at offset `start`.
  explicit RecordBlocks(const PipeOptions& options, std::uint64_t start = 0);

  /// Takes what comes next, and adds to `ends` the offsets where blocks end, as far as that is certain now. A block is
  /// as many records as fit into its size; when not even one does, the size grows until one does, and stays so for the
  /// rest.
  void take(std::string_view bytes, std::vector<std::uint64_t>& ends);

  /// The stream is over: adds the end of what is left, if anything is.
  void finish(std::vector<std::uint64_t>& ends);

 private:
  std::uint64_t held_end() const { return held_from_ + held_.size(); }
  std::string_view held(std::uint64_t to) const;
  void look(std::uint64_t to, std::vector<std::uint64_t>& ends);
  void look_for_last(std::uint64_t to);
  void look_for_each(std::uint64_t to, std::vector<std::uint64_t>& ends);
  void count_bytes(std::uint64_t to, std::vector<std::uint64_t>& ends);
  void cut(std::uint64_t end, std::vector<std::uint64_t>& ends);

  RecordBorder border_;
  std::uint64_t block_bytes_;
  std::uint64_t group_;      ///< a block may end at every so many borders only; 0: they need not be counted
  bool is_sized_;            ///< a block is as many groups as fit into block_bytes_, else it is one
  std::uint64_t count_ = 0;  ///< borders since the last group's end
  std::uint64_t start_;      ///< of the block that is being filled
  std::uint64_t border_at_;  ///< the last at which that may end; start_: none yet
  std::uint64_t looked_;     ///< no mark that begins before this is to be found any more
  std::string held_;         ///< what was taken last, and before it what may begin a mark
  std::uint64_t held_from_;
};

}  // namespace farm
