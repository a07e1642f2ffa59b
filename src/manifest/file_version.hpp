/// Whether a file is still what it was when it was opened.
#pragma once
#include <sys/stat.h>

namespace farm {

inline bool is_same_version(const timespec& a, const timespec& b) {
  return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

/// Device and inode belong to an open file for ever, but some network file systems show there that it was replaced.
inline bool is_same_version(const struct stat& a, const struct stat& b) {
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino && a.st_size == b.st_size &&
         is_same_version(a.st_mtim, b.st_mtim);
}

}  // namespace farm
