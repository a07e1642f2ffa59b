#include "shepherd/output_files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "base/temporary_name.hpp"

namespace farm {
namespace {

OutputFiles::Failure failure(int error, const std::string& path) {
  std::string complaint = "cannot write the task's output to '" + path + "': " + std::strerror(error);
  if (error == ENOENT) complaint += "; its directory must be there when the task starts";
  return {error, std::move(complaint)};
}

// A link keeps leading to the file, and the new one is where the old one was.
std::string behind_links(const std::string& path) {
  std::error_code dangling;
  const auto real = std::filesystem::canonical(path, dangling);
  return dangling ? path : real.string();
}

}  // namespace

OutputFiles::Failure OutputFiles::open(const std::string& out, const std::string& err, std::string_view token) {
  if (!out.empty()) {
    if (Failure failed = open_one(out, token, out_); failed.error != 0) return failed;
  }
  if (err.empty()) return {};
  if (err == out) {
    if (!pending_.empty()) err_file_ = pending_.back().temporary;
    err_ = UniqueFd(::fcntl(out_.get(), F_DUPFD_CLOEXEC, 0));
    return err_ ? Failure{} : failure(errno, err);
  }
  const std::size_t before = pending_.size();
  if (Failure failed = open_one(err, token, err_); failed.error != 0) return failed;
  if (pending_.size() > before) err_file_ = pending_.back().temporary;
  return {};
}

OutputFiles::Failure OutputFiles::open_one(const std::string& path, std::string_view token, UniqueFd& fd) {
  struct stat status {};
  const bool is_there = ::stat(path.c_str(), &status) == 0;
  if (is_there && S_ISDIR(status.st_mode)) return failure(EISDIR, path);
  if (is_there && !S_ISREG(status.st_mode)) {
    // O_NONBLOCK: a FIFO nobody reads must not make all tasks wait.
    fd = UniqueFd(::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
    if (!fd) return failure(errno, path);
    ::fcntl(fd.get(), F_SETFL, 0);
    return {};
  }
  const std::string real = behind_links(path);
  const std::string temporary = temporary_beside(real, token);
  fd = UniqueFd(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY | O_APPEND, 0666));
  if (!fd) return failure(errno, path);
  pending_.push_back({real, temporary});
  return {};
}

void OutputFiles::close() {
  out_.reset();
  err_.reset();
}

std::string OutputFiles::keep() {
  for (const Pending& file : pending_) {
    if (std::rename(file.temporary.c_str(), file.path.c_str()) != 0) return failure(errno, file.path).complaint;
  }
  pending_.clear();
  return {};
}

void OutputFiles::discard() {
  for (const Pending& file : pending_) ::unlink(file.temporary.c_str());
  pending_.clear();
}

std::string OutputFiles::last_errors(std::size_t most) const {
  if (err_file_.empty()) return {};
  const UniqueFd file(::open(err_file_.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat status {};
  if (!file || ::fstat(file.get(), &status) != 0) return {};
  std::string text(std::min(most, static_cast<std::size_t>(status.st_size)), '\0');
  const off_t from = status.st_size - static_cast<off_t>(text.size());
  const ssize_t count = ::pread(file.get(), text.data(), text.size(), from);
  text.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
  return text;
}

}  // namespace farm
