#include "store/start_watch.hpp"

#include <sys/stat.h>

#include <utility>
#include <variant>

#include "farm/error.hpp"
#include "store/journal_reader.hpp"
#include "store/record.hpp"
#include "store/run_dir.hpp"

namespace farm {
namespace {

std::uint64_t inode_of(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 ? status.st_ino : 0;
}

// Not one of the same name on this host alone.
bool is_there(const std::string& run_dir, const std::string& run, std::uint32_t start) {
  try {
    JournalReader journal(RunDir::view(run_dir).open_journal(start), JournalReader::Damage::refuse);
    Record first;
    const auto* header = journal.next(first) ? std::get_if<RunStarted>(&first) : nullptr;
    return header != nullptr && header->run == run;
  } catch (const Error&) {
    return false;
  }
}

}  // namespace

StartWatch::StartWatch(std::string run_dir, const std::string& run, std::uint32_t start)
    : run_dir_(std::move(run_dir)), start_(start) {
  if (is_there(run_dir_, run, start)) directory_ = inode_of(run_dir_);
}

bool StartWatch::is_superseded() const {
  if (directory_ == 0) return false;
  const std::uint64_t now = inode_of(run_dir_);
  if (now == 0) return false;  // gone, or out of reach for now: nobody has taken its place
  return now != directory_ || inode_of(RunDir::journal_path(run_dir_, start_ + 1)) != 0;
}

}  // namespace farm
