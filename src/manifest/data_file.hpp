/// A regular file of data that is read here and there, and must stay as it was when it was first seen. Knows nothing of
/// what is in it.
#pragma once
#include <sys/stat.h>

#include <cstdint>
#include <span>
#include <string>

#include "base/unique_fd.hpp"

namespace farm {

class DataFile {
 public:
  /// Looks at the file, which is then closed. Throws Error (usage) when it cannot be read or is no regular file.
  explicit DataFile(std::string path);

  const std::string& path() const { return path_; }
  std::uint64_t size() const { return static_cast<std::uint64_t>(first_.st_size); }

  /// Differs when the file does: its size and the time it was last written.
  std::string version() const;

  /// Fills `space` from `offset` on as far as there are bytes, and returns how many there were. Opens the file if need
  /// be. Throws Error (fatal) when it cannot be read or was changed.
  std::size_t read(std::uint64_t offset, std::span<char> space);

  void close() { file_.reset(); }

 private:
  void open();
  void check_unchanged() const;

  std::string path_;
  UniqueFd file_;
  struct stat first_ {};
};

}  // namespace farm
