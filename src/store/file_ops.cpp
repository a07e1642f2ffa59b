#include "store/file_ops.hpp"

#include <unistd.h>

namespace farm {

ssize_t FileOps::write(int fd, std::string_view bytes) { return ::write(fd, bytes.data(), bytes.size()); }

int FileOps::sync(int fd) { return ::fdatasync(fd); }

FileOps& FileOps::system() {
  static FileOps ops;
  return ops;
}

}  // namespace farm
