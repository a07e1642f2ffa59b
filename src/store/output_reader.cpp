#include "store/output_reader.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include "farm/error.hpp"
#include "store/file_ops.hpp"

namespace farm {
namespace {

RunDir::File open_segment(const RunDir& dir, std::uint32_t number) {
  try {
    return dir.open_segment(number);
  } catch (const Error& error) {
    fail_fatal(fmt::format("output incomplete: {}", error.what()));
  }
}

}  // namespace

OutputReader::OutputReader(const RunDir& dir, const StreamKey& key, const OutputRef& ref) : key_(key) {
  if (ref.bytes == 0) return;
  file_ = open_segment(dir, ref.segment);
  find_frames(ref);
}

void OutputReader::find_frames(const OutputRef& ref) {
  std::uint64_t bytes = 0;
  for (std::uint64_t frame = ref.last_frame;;) {
    const FrameHeader header = read_header(frame);
    frames_.push_back(frame);
    bytes += header.length;
    if (!header.previous) break;
    if (*header.previous >= frame) fail(frame, "its chain does not lead back");
    frame = *header.previous;
  }
  if (bytes != ref.bytes) fail(ref.last_frame, fmt::format("{} bytes are there of {}", bytes, ref.bytes));
}

bool OutputReader::next(std::string& piece) {
  if (frames_.empty()) return false;
  const std::uint64_t frame = frames_.back();
  const FrameHeader header = read_header(frame);
  piece.resize(header.length);
  read_at(frame + frame_header_bytes, piece.data(), piece.size(), frame);
  if (!is_intact(header, piece)) fail(frame, "its check does not match");
  frames_.pop_back();
  return true;
}

FrameHeader OutputReader::read_header(std::uint64_t offset) const {
  FrameHeaderBytes bytes{};
  read_at(offset, bytes.data(), bytes.size(), offset);
  const std::optional<FrameHeader> header = decode_frame(bytes);
  if (!header) fail(offset, "there is no frame");
  if (header->key != key_) fail(offset, "the frame is another task's");
  return *header;
}

void OutputReader::read_at(std::uint64_t offset, char* into, std::size_t size, std::uint64_t frame) const {
  while (size > 0) {
    const ssize_t count = ::pread(file_.fd.get(), into, size, static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail(frame, error_text(errno));
    if (count == 0) fail(frame, "the file ends there");
    const auto got = static_cast<std::size_t>(count);
    into += got;
    offset += got;
    size -= got;
  }
}

void OutputReader::fail(std::uint64_t frame, const std::string& why) const {
  fail_fatal(fmt::format("output incomplete: {}, frame at byte {}: {}", file_.path, frame, why));
}

}  // namespace farm
