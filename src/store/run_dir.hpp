/// The directory a run lives in: who may use it, which files it has, what they are called. Knows nothing of what is in
/// them.
///
///     jobs.farm/            0700, files 0600, none of them ever a link
///       lock                held (flock) by the one master; says who that is
///       journal-0001.jsonl  one per start
///       output/seg-00001    what tasks printed, see segment_writer.hpp
///       input/stdin-0001    what a start read for its tasks (--pipe)
///       results             what calls of a checkpoint gave, see kept_results.hpp
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/unique_fd.hpp"

namespace farm {

class RunDir {
 public:
  struct File {
    UniqueFd fd;
    std::string path;          ///< for messages
    std::uint32_t number = 0;  ///< the one in its name
  };

  /// Opens the run directory at `path` for the master, creating it if there is none, and holds its lock until
  /// destroyed. Throws Error (usage), having changed nothing: somebody else's farm runs there, it cannot be created or
  /// written, others may write to it, it is somebody else's, it is a link, or it is a directory with other things in
  /// it.
  static RunDir open(const std::string& path, const Clock& clock);

  /// Opens an existing run directory without its lock: for workers and for whoever only reads.
  static RunDir view(const std::string& path);

  /// A new run directory below `parent` under a name nobody can guess, locked. It need not outlive a power failure.
  static RunDir temporary(const std::string& parent, const Clock& clock);

  /// Renames the run directory at `path` to the first free of `path`.1, `path`.2, ... and returns that name; empty when
  /// there was none. Throws as open() does.
  static std::string set_aside(const std::string& path, const Clock& clock);

  /// The names of files created from now on need not outlive a power failure.
  void keep_loosely() { is_durable_ = false; }

  const std::string& path() const { return path_; }

  /// One line for the user when the directory could not be locked because its file system has no locks; else empty.
  const std::string& notice() const { return notice_; }

  /// The numbers of the journals, ascending.
  std::vector<std::uint32_t> journals() const;

  File open_journal(std::uint32_t number) const;

  /// Where that journal of a run directory is, or would be.
  static std::string journal_path(const std::string& run_dir, std::uint32_t number);

  /// A new, empty journal with the next number, open for appending. As for all that is created here, its name is on
  /// the disk.
  File create_journal() const;

  /// A new, empty segment with a number no other has, open for appending. Several processes may do this at once.
  File create_segment() const;

  /// A new, empty file, open for appending, for what the start with this number, a journal's, reads for its tasks.
  File create_input(std::uint32_t start) const;

  /// The file of kept results, open for reading and appending; made when there is none. Throws Error (usage).
  File open_results() const;

  /// Removes all that create_input() has made, in this start and before.
  void remove_inputs() const;

  File open_segment(std::uint32_t number) const;

  /// Removes what farm has made here, and the directory if nothing else is in it. Returns whether it is gone.
  bool remove() const;

 private:
  RunDir(std::string path, UniqueFd dir) : path_(std::move(path)), dir_(std::move(dir)) {}

  static RunDir open_checked(std::string path);
  void require_ours() const;
  void lock(const Clock& clock);
  UniqueFd make_directory(const char* name) const;
  void sync_names(int dir, const std::string& path) const;
  File open_file(int dir, const std::string& name, std::uint32_t number) const;

  std::string path_;  // without a slash at the end, which would follow a link
  UniqueFd dir_;
  UniqueFd lock_;
  std::string notice_;
  bool is_durable_ = true;
};

}  // namespace farm
