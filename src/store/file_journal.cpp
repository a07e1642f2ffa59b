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

void FileJournal::append(const Record& record) {
  append_line(file_.buffer(), record);
  ++appended_;
}

void FileJournal::write() {
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
