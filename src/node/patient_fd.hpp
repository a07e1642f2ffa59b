/// Writes to a descriptor farm did not open (stdout, a terminal, a pipe to a slow reader) without ever blocking the
/// process and without changing the descriptor for others who share it.
#pragma once
#include <string>
#include <string_view>

#include "base/unique_fd.hpp"

namespace farm {

class PatientFd {
 public:
  /// `fd` stays the caller's.
  explicit PatientFd(int fd);

  /// Writes what fits now and returns how much that was; 0 when nothing does. After the reader has gone everything
  /// counts as written.
  std::size_t write(std::string_view bytes);

  /// What to watch for room.
  int fd() const { return own_ ? own_.get() : fd_; }
  /// The reader went away (EPIPE) or the disk failed: nothing is written any more.
  bool is_closed() const { return closed_; }

 private:
  int fd_;
  UniqueFd own_;              // the same pipe or terminal, opened again so that O_NONBLOCK is ours alone
  bool never_waits_ = false;  // a regular file
  bool closed_ = false;
};

}  // namespace farm
