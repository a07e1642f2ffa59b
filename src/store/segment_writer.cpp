#include "store/segment_writer.hpp"

#include <algorithm>
#include <utility>

#include "base/check.hpp"

namespace farm {

SegmentWriter::SegmentWriter(RunDir::File file, FileOps& ops)
    : file_(std::move(file.fd), std::move(file.path), ops), ops_(ops), number_(file.number) {}

void SegmentWriter::keep_durable(Durability durability) {
  syncs_at_once_ = durability == Durability::task;
  if (durability == Durability::interval) syncer_.emplace(file_.fd(), file_.path(), Syncer::Pace::interval, ops_);
}

bool SegmentWriter::flush() {
  if (!file_.flush()) return false;
  if (syncer_) {
    syncer_->written(end_);
    static_cast<void>(syncer_->synced());
  }
  if (syncs_at_once_ && synced_ != end_) {
    const int error = bring_to_disk(ops_, file_.fd());
    if (error != 0) fail_to_sync(file_.path(), error);
    synced_ = end_;
  }
  return true;
}

OutputRef SegmentWriter::append(const StreamKey& key, const OutputRef& before, std::string_view bytes) {
  FARM_CHECK(before.bytes == 0 || before.segment == number_);
  OutputRef ref = before;
  while (!bytes.empty()) {
    const std::string_view payload = bytes.substr(0, max_frame_bytes);
    append_frame(key, ref, payload);
    bytes.remove_prefix(payload.size());
  }
  return ref;
}

void SegmentWriter::append_frame(const StreamKey& key, OutputRef& ref, std::string_view payload) {
  FrameHeader header{key, static_cast<std::uint32_t>(payload.size()), {}, 0};
  if (ref.bytes != 0) header.previous = ref.last_frame;
  const FrameHeaderBytes bytes = encode(header, payload);
  file_.buffer().append(bytes.data(), bytes.size()).append(payload);
  ref = {ref.bytes + payload.size(), number_, end_};
  end_ += bytes.size() + payload.size();
}

}  // namespace farm
