/// Gives back what one stream of one attempt printed, exactly, piece by piece. The segment may be growing meanwhile.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "store/record.hpp"
#include "store/run_dir.hpp"
#include "store/segment.hpp"

namespace farm {

class OutputReader {
 public:
  /// Finds the stream's frames (8 bytes of memory each). Throws Error (fatal), "output incomplete": the segment is
  /// gone, was cut off, or is damaged.
  OutputReader(const RunDir& dir, const StreamKey& key, const OutputRef& ref);

  /// The next piece, at most max_frame_bytes long, or false at the end. Throws as the constructor does; what came
  /// before is right.
  bool next(std::string& piece);

 private:
  void find_frames(const OutputRef& ref);
  FrameHeader read_header(std::uint64_t offset) const;
  void read_at(std::uint64_t offset, char* into, std::size_t size, std::uint64_t frame) const;
  [[noreturn]] void fail(std::uint64_t frame, const std::string& why) const;

  StreamKey key_;
  RunDir::File file_;
  std::vector<std::uint64_t> frames_;  // offsets of those not yet read, the next one last
};

}  // namespace farm
