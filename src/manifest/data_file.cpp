#include "manifest/data_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "base/text.hpp"
#include "farm/error.hpp"
#include "manifest/file_version.hpp"

namespace farm {
namespace {

// O_NONBLOCK: a FIFO is to be refused, not waited for.
UniqueFd open_for_reading(const std::string& path) {
  return UniqueFd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
}

[[noreturn]] void fail_unread(Error::Kind kind, const std::string& path) {
  throw Error(kind, fmt::format("cannot read {}: {}", printable(path), std::strerror(errno)));
}

}  // namespace

DataFile::DataFile(std::string path) : path_(std::move(path)) {
  const UniqueFd file = open_for_reading(path_);
  if (!file || ::fstat(file.get(), &first_) != 0) fail_unread(Error::Kind::usage, path_);
  if (S_ISREG(first_.st_mode)) return;
  fail_usage(fmt::format("{} is not a regular file, and farm cannot read parts of it; read it as a stream, with --pipe",
                         printable(path_)));
}

std::string DataFile::version() const {
  return fmt::format("{} {}.{:09}", first_.st_size, first_.st_mtim.tv_sec, first_.st_mtim.tv_nsec);
}

void DataFile::open() {
  file_ = open_for_reading(path_);
  if (!file_) fail_unread(Error::Kind::fatal, path_);
}

std::size_t DataFile::read(std::uint64_t offset, std::span<char> space) {
  if (!file_) open();
  std::size_t filled = 0;
  while (filled < space.size()) {
    const std::span<char> rest = space.subspan(filled);
    const ssize_t count = ::pread(file_.get(), rest.data(), rest.size(), static_cast<off_t>(offset + filled));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail_unread(Error::Kind::fatal, path_);
    if (count == 0) break;
    filled += static_cast<std::size_t>(count);
  }
  // Afterwards: only then is it sure that what was read is of the file as it was.
  check_unchanged();
  return filled;
}

void DataFile::check_unchanged() const {
  struct stat now {};
  if (::fstat(file_.get(), &now) != 0) fail_unread(Error::Kind::fatal, path_);
  if (is_same_version(first_, now)) return;
  fail_fatal(
      fmt::format("{} changed while it was being divided; what was started goes on; run the same command again "
                  "when it is complete",
                  printable(path_)));
}

}  // namespace farm
