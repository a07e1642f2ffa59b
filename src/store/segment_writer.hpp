/// Writes the output of many tasks into one file of its own. Buffers: many small pieces cost one write.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "farm/options.hpp"
#include "store/append_file.hpp"
#include "store/record.hpp"
#include "store/run_dir.hpp"
#include "store/segment.hpp"
#include "store/syncer.hpp"

namespace farm {

class SegmentWriter {
 public:
  /// `file` is a new one (RunDir::create_segment).
  explicit SegmentWriter(RunDir::File file, FileOps& ops = FileOps::system());

  /// For a segment that no journal of this process brings to the disk (FileJournal::points_into): a thread does it at
  /// the usual interval; with Durability::task flush() does it itself, before a reference can be made known.
  void keep_durable(Durability durability);

  /// Adds `bytes` to a stream. `before` is what the last call for this stream returned, or OutputRef{} for its first;
  /// the result stands for all of it. Never blocks, never fails: the bytes are in memory until flush().
  OutputRef append(const StreamKey& key, const OutputRef& before, std::string_view bytes);

  /// Hands everything appended to the operating system; returns whether nothing is left, else see trouble(). A
  /// reference may be made known only after a flush() that left nothing. Throws Error (fatal) when the file cannot be
  /// written for another reason than lack of room, or a sync has failed.
  bool flush();

  /// As Journal::trouble().
  const std::string& trouble() const { return file_.trouble(); }

  /// Bytes in memory that flush() has not got rid of: whoever feeds this stops when they grow too many.
  std::size_t pending_bytes() { return file_.buffer().size(); }

  AppendFile& file() { return file_; }

 private:
  void append_frame(const StreamKey& key, OutputRef& ref, std::string_view payload);

  AppendFile file_;
  FileOps& ops_;
  std::uint32_t number_;
  std::uint64_t end_ = 0;  // of the file, with what is still in memory
  bool syncs_at_once_ = false;
  std::uint64_t synced_ = 0;  // when it syncs at once: bytes
  std::optional<Syncer> syncer_;
};

}  // namespace farm
