/// The form of stored output: a segment file is a row of frames, each a header and a piece of one stream of one
/// attempt. Frames of many attempts are mixed; those of one stream are chained, each naming the one before it.
///
/// All numbers are little-endian. The check covers the header's bytes before it and the payload.
///
///     offset  0  magic     "FRM1"
///             4  stream    0 stdout, 1 stderr
///             5            three zero bytes
///             8  attempt   u32
///            12  length    u32, of the payload, 1 to max_frame_bytes
///            16  task      u64
///            24  previous  u64, offset of the stream's previous frame plus 1; 0: this is its first
///            32  check     u32, CRC-32C
///            36  payload
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "farm/ids.hpp"
#include "farm/stream.hpp"

namespace farm {

/// Whose output it is.
struct StreamKey {
  TaskId task{};
  Attempt attempt{};
  Stream stream{};
  friend bool operator==(const StreamKey&, const StreamKey&) = default;
};

inline constexpr std::size_t frame_header_bytes = 36;

/// Bounds what a reader holds at a time, and what a damaged length can make it ask for.
inline constexpr std::size_t max_frame_bytes = std::size_t{1} << 20;

struct FrameHeader {
  StreamKey key;
  std::uint32_t length = 0;
  std::optional<std::uint64_t> previous;  ///< offset of the stream's frame before this one
  std::uint32_t check = 0;
  friend bool operator==(const FrameHeader&, const FrameHeader&) = default;
};

using FrameHeaderBytes = std::array<char, frame_header_bytes>;

/// The header's bytes, with the check over them and `payload`; `header.check` is ignored.
FrameHeaderBytes encode(const FrameHeader& header, std::string_view payload);

/// nullopt when the bytes are no header. The check is not verified: that takes the payload.
std::optional<FrameHeader> decode_frame(const FrameHeaderBytes& bytes);

/// Whether the header belongs to this payload and both are undamaged.
bool is_intact(const FrameHeader& header, std::string_view payload);

}  // namespace farm
