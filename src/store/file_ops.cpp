#include "store/file_ops.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "farm/error.hpp"

namespace farm {

ssize_t FileOps::write(int fd, std::string_view bytes) { return ::write(fd, bytes.data(), bytes.size()); }

int FileOps::sync(int fd) { return ::fdatasync(fd); }

FileOps& FileOps::system() {
  static FileOps ops;
  return ops;
}

int bring_to_disk(FileOps& ops, int fd) {
  int error = 0;
  do {
    error = ops.sync(fd) == 0 ? 0 : errno;
  } while (error == EINTR);
  struct stat status {};
  const bool is_removed = error == 0 && ::fstat(fd, &status) == 0 && status.st_nlink == 0;
  return is_removed ? ENOENT : error;
}

void fail_to_sync(const std::string& path, int error) {
  if (error == ENOENT) {
    fail_fatal(
        fmt::format("{} was removed while it was in use: what the run has achieved cannot be kept any more", path));
  }
  fail_fatal(fmt::format("cannot bring {} to the disk: {}; results of the last moments may be missing there", path,
                         error_text(error)));
}

}  // namespace farm
