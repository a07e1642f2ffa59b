/// The journal as a file. Appending and writing are the main thread's; the only other thread syncs (syncer.hpp).
#pragma once
#include <optional>
#include <string>

#include "farm/options.hpp"
#include "store/append_file.hpp"
#include "store/journal.hpp"
#include "store/syncer.hpp"

namespace farm {

class FileJournal final : public Journal {
 public:
  /// `fd` is a new file (RunDir::create_journal); `path` is for messages. With Durability::none there is no second
  /// thread and what is written counts as durable.
  FileJournal(UniqueFd fd, std::string path, Durability durability, FileOps& ops = FileOps::system());
  FileJournal(const FileJournal&) = delete;
  FileJournal& operator=(const FileJournal&) = delete;

  /// Writes and syncs what is left, as far as the disk lets it: whoever must know calls write() and durable() before.
  ~FileJournal() override;

  enum class Sync { too, not_needed };

  /// Records point into `output`, which must outlive this: nothing is written here before all of it is, and nothing
  /// becomes durable before it, unless that is not needed.
  void points_into(AppendFile& output, Sync sync);

  void append(const Record& record) override;

  /// Throws Error (fatal) when the file cannot be written for another reason than lack of room.
  void write() override;
  std::string trouble() const override { return file_.trouble(); }
  std::uint64_t appended() const override { return appended_; }
  std::uint64_t durable() const override { return syncer_ ? syncer_->synced() : written_; }
  int fd() const override { return syncer_ ? syncer_->fd() : -1; }
  void acknowledge() override;
  void sync_soon() override;

 private:
  AppendFile file_;
  AppendFile* output_ = nullptr;
  std::uint64_t appended_ = 0;
  std::uint64_t written_ = 0;  // records, all of whose bytes the operating system has
  std::optional<Syncer> syncer_;
};

}  // namespace farm
