/// The thread that calls fdatasync, so that the loop that writes never waits for a disk. The only thread of a farm
/// process beside its main one. Knows positions in the caller's own counting, not bytes.
#pragma once
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>

#include "base/unique_fd.hpp"
#include "store/file_ops.hpp"

namespace farm {

class Syncer {
 public:
  enum class Pace {
    interval,  ///< 200 ms after something was written, or when asked to hurry
    at_once,   ///< as soon as something was written; what is written meanwhile shares the next sync
  };

  /// `file` stays the caller's and must stay open while this lives. `path` is for messages.
  Syncer(int file, std::string path, Pace pace, FileOps& ops);
  Syncer(const Syncer&) = delete;
  Syncer& operator=(const Syncer&) = delete;

  /// Syncs what was written, then ends the thread.
  ~Syncer();

  /// From now on every sync brings this file to the disk first: what is in `file` points into it. Takes a descriptor of
  /// its own. Throws Error (fatal) when there is none to be had.
  void sync_first(int file, std::string path);

  /// Everything up to `position` has been given to the operating system. Positions only grow.
  void written(std::uint64_t position);

  /// What is written, or the next thing that is, does not wait for the interval.
  void hurry();

  /// Everything up to here is on the disk. Throws Error (fatal) after a failed sync, which is never tried again: the
  /// kernel may have dropped the data and would report success the second time.
  std::uint64_t synced() const;

  /// Readable when synced() has advanced or failed since the last acknowledge().
  int fd() const { return event_.get(); }
  void acknowledge();

 private:
  void run();
  void report();

  const int file_;
  const std::string path_;
  const Pace pace_;
  FileOps& ops_;
  UniqueFd event_;

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::uint64_t written_ = 0;
  std::uint64_t synced_ = 0;
  int error_ = 0;
  std::string failed_path_;
  UniqueFd first_;
  std::string first_path_;
  bool hurry_ = false;
  bool stop_ = false;

  std::thread thread_;  // last: it uses all of the above
};

}  // namespace farm
