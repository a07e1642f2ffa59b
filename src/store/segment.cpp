#include "store/segment.hpp"

#include <algorithm>
#include <concepts>

#include "base/checksum.hpp"

namespace farm {
namespace {

constexpr std::string_view magic = "FRM1";
constexpr std::size_t stream_at = 4;
constexpr std::size_t reserved_bytes = 3;
constexpr std::size_t attempt_at = 8;
constexpr std::size_t length_at = 12;
constexpr std::size_t task_at = 16;
constexpr std::size_t previous_at = 24;
constexpr std::size_t check_at = 32;

template <std::unsigned_integral Number>
void put(FrameHeaderBytes& bytes, std::size_t at, Number number) {
  for (std::size_t i = 0; i < sizeof(Number); ++i) bytes[at + i] = static_cast<char>(number >> (8 * i) & 0xFF);
}

template <std::unsigned_integral Number>
Number take(const FrameHeaderBytes& bytes, std::size_t at) {
  Number number = 0;
  for (std::size_t i = 0; i < sizeof(Number); ++i) {
    number |= static_cast<Number>(static_cast<Number>(static_cast<unsigned char>(bytes[at + i])) << (8 * i));
  }
  return number;
}

std::uint32_t check_of(const FrameHeaderBytes& bytes, std::string_view payload) {
  return crc32c(payload, crc32c({bytes.data(), check_at}));
}

}  // namespace

FrameHeaderBytes encode(const FrameHeader& header, std::string_view payload) {
  FrameHeaderBytes bytes{};
  std::copy(magic.begin(), magic.end(), bytes.begin());
  bytes[stream_at] = static_cast<char>(header.key.stream);
  put(bytes, attempt_at, value(header.key.attempt));
  put(bytes, length_at, header.length);
  put(bytes, task_at, value(header.key.task));
  put(bytes, previous_at, header.previous ? *header.previous + 1 : 0);
  put(bytes, check_at, check_of(bytes, payload));
  return bytes;
}

std::optional<FrameHeader> decode_frame(const FrameHeaderBytes& bytes) {
  if (std::string_view(bytes.data(), magic.size()) != magic) return std::nullopt;
  const auto stream = static_cast<unsigned char>(bytes[stream_at]);
  const std::string_view reserved(bytes.data() + stream_at + 1, reserved_bytes);
  if (stream > static_cast<unsigned char>(Stream::err) || reserved != std::string_view("\0\0\0", reserved_bytes)) {
    return std::nullopt;
  }
  FrameHeader header;
  header.key = {TaskId{take<std::uint64_t>(bytes, task_at)}, Attempt{take<std::uint32_t>(bytes, attempt_at)},
                Stream{stream}};
  header.length = take<std::uint32_t>(bytes, length_at);
  const auto previous = take<std::uint64_t>(bytes, previous_at);
  if (previous != 0) header.previous = previous - 1;
  header.check = take<std::uint32_t>(bytes, check_at);
  if (header.length == 0 || header.length > max_frame_bytes) return std::nullopt;
  return header;
}

bool is_intact(const FrameHeader& header, std::string_view payload) {
  return payload.size() == header.length && check_of(encode(header, payload), payload) == header.check;
}

}  // namespace farm
