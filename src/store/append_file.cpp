#include "store/append_file.hpp"

#include <fmt/format.h>

#include <utility>

#include "farm/error.hpp"

namespace farm {
namespace {

// After a disk was full for long the buffer may have grown large; anything above a busy turn's worth is given back.
constexpr std::size_t kept_capacity_bytes = std::size_t{4} << 20;

// Errors that go away when somebody makes room, so that waiting helps.
const char* remedy(int error) {
  switch (error) {
    case ENOSPC:
      return "make room there";
    case EDQUOT:
      return "make room within your quota";
    case EFBIG:
      return "raise the file size limit (prlimit --fsize)";
    default:
      return nullptr;
  }
}

}  // namespace

AppendFile::AppendFile(UniqueFd fd, std::string path, FileOps& ops)
    : fd_(std::move(fd)), path_(std::move(path)), ops_(ops) {}

bool AppendFile::flush() {
  while (written_ < buffer_.size()) {
    const ssize_t count = ops_.write(fd_.get(), std::string_view(buffer_).substr(written_));
    if (count > 0) {
      written_ += static_cast<std::size_t>(count);
    } else if (count == 0) {
      return failed(ENOSPC);  // a regular file takes nothing only when there is no room
    } else if (errno != EINTR) {
      return failed(errno);
    }
  }
  drop_written();
  trouble_.clear();
  return true;
}

bool AppendFile::failed(int error) {
  const char* what_helps = remedy(error);
  if (what_helps == nullptr) fail_fatal(fmt::format("cannot write {}: {}", path_, error_text(error)));
  drop_written();
  trouble_ =
      fmt::format("cannot write {}: {}; nothing is lost: {} and it goes on", path_, error_text(error), what_helps);
  return false;
}

void AppendFile::drop_written() {
  if (written_ == buffer_.size() && buffer_.capacity() > kept_capacity_bytes) {
    buffer_ = {};
  } else {
    buffer_.erase(0, written_);
  }
  written_ = 0;
}

}  // namespace farm
