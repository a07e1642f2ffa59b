#include "store/file_journal.hpp"

#include <utility>

#include "farm/error.hpp"
#include "store/journal_format.hpp"

namespace farm {

FileJournal::FileJournal(UniqueFd fd, std::string path, Durability durability, FileOps& ops)
    : file_(std::move(fd), std::move(path), ops) {
  if (durability == Durability::none) return;
  const auto pace = durability == Durability::task ? Syncer::Pace::at_once : Syncer::Pace::interval;
  syncer_.emplace(file_.fd(), file_.path(), pace, ops);
}

FileJournal::~FileJournal() {
  try {
    write();
  } catch (const Error&) {
    // Whoever cared has called write() and got it.
  }
}

void FileJournal::points_into(AppendFile& output, Sync sync) {
  output_ = &output;
  if (syncer_ && sync == Sync::too) syncer_->sync_first(output.fd(), output.path());
}

void FileJournal::append(const Record& record) {
  append_line(file_.buffer(), record);
  ++appended_;
}

void FileJournal::write() {
  if (output_ != nullptr && !output_->flush()) return;
  if (!file_.flush()) return;
  written_ = appended_;
  if (syncer_) syncer_->written(written_);
}

void FileJournal::acknowledge() {
  if (syncer_) syncer_->acknowledge();
}

void FileJournal::sync_soon() {
  if (syncer_) syncer_->hurry();
}

}  // namespace farm
