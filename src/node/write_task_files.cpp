#include "node/write_task_files.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <string_view>

#include "base/unique_fd.hpp"

namespace farm {
namespace {

int make_directory(const std::filesystem::path& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  return error.value();
}

int write_file(const std::filesystem::path& path, std::string_view bytes) {
  const int failure = path.has_parent_path() ? make_directory(path.parent_path()) : 0;
  if (failure != 0 || !path.has_filename()) return failure;
  const UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0666));
  if (!fd) return errno;
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd.get(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return written < 0 ? errno : ENOSPC;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return 0;
}

}  // namespace

FileFailure write_task_files(const std::vector<FileContent>& files, const std::string& directory) {
  for (const FileContent& file : files) {
    const std::filesystem::path path = std::filesystem::path(directory) / file.path;
    if (const int error = write_file(path, file.bytes); error != 0) return {error, path.string()};
  }
  return {};
}

}  // namespace farm
