/// A file that only grows, and what is still to be written to it. A full disk is a state, not an error: the bytes wait
/// in memory, in order, until there is room. Knows nothing of what the bytes mean or when they are on the disk.
#pragma once
#include <cstdint>
#include <string>

#include "base/unique_fd.hpp"
#include "store/file_ops.hpp"

namespace farm {

class AppendFile {
 public:
  /// `fd` must be at the end of the file or in append mode, and nobody else may write there. `path` is for messages.
  AppendFile(UniqueFd fd, std::string path, FileOps& ops);

  /// Append to this; nothing else may be done to it.
  std::string& buffer() { return buffer_; }

  /// Hands the buffer to the operating system, in one write unless that falls short, and returns whether nothing is
  /// left. Throws Error (fatal) when the file cannot be written for another reason than lack of room.
  bool flush();

  /// What keeps flush() from writing, as one line for the user; empty while all is well.
  const std::string& trouble() const { return trouble_; }

  int fd() const { return fd_.get(); }
  const std::string& path() const { return path_; }

 private:
  bool failed(int error);
  void drop_written();

  UniqueFd fd_;
  std::string path_;
  FileOps& ops_;
  std::string buffer_;
  std::size_t written_ = 0;  // of buffer_
  std::string trouble_;
};

}  // namespace farm
