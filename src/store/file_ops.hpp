/// The two system calls by which data reaches a disk: the seam a test replaces to fill the disk or break it.
#pragma once
#include <sys/types.h>

#include <cerrno>
#include <string>
#include <string_view>
#include <system_error>

namespace farm {

/// Both behave as the calls they are named after, errno included. sync() may be called from another thread than
/// write().
class FileOps {
 public:
  virtual ~FileOps() = default;
  virtual ssize_t write(int fd, std::string_view bytes);
  virtual int sync(int fd);

  /// The real ones.
  static FileOps& system();
};

/// sync() as often as it takes for no signal to come between; 0, or its errno. A file that has no name any more is
/// ENOENT: what is written there is gone with the last descriptor.
int bring_to_disk(FileOps& ops, int fd);

/// Throws Error (fatal) with what bring_to_disk() has said of `path`.
[[noreturn]] void fail_to_sync(const std::string& path, int error);

/// What the C library says about an errno.
inline std::string error_text(int error) { return std::system_category().message(error); }

}  // namespace farm
