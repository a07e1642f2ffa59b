/// Cuts a stream into blocks of whole records as RecordBlocks does, where regular expressions say what a record is.
/// Keeps the block that is being filled: no expression can be followed through text that is gone.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sweep/record_pattern.hpp"

namespace farm {

class PatternBlocks {
 public:
  /// The stream begins at offset `start`.
  explicit PatternBlocks(const PipeOptions& options, std::uint64_t start = 0);

  /// As RecordBlocks::take.
  void take(std::string_view bytes, std::vector<std::uint64_t>& ends);
  /// As RecordBlocks::finish.
  void finish(std::vector<std::uint64_t>& ends);

 private:
  void cut_sized(std::vector<std::uint64_t>& ends);
  void cut_counted(bool is_all, std::vector<std::uint64_t>& ends);
  void cut(std::size_t bytes, std::vector<std::uint64_t>& ends);

  RecordPattern pattern_;
  std::uint64_t block_bytes_;
  std::uint64_t records_;   ///< in a block; 0: as many as fit
  std::uint64_t start_;     ///< of the block that is being filled
  std::string held_;        ///< all of it
  std::size_t passed_ = 0;  ///< bytes of the records in it that were counted
  std::uint64_t count_ = 0;
  std::size_t try_at_ = 0;  ///< so much must be held before another border may be found
};

}  // namespace farm
