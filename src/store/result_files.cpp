#include "store/result_files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <utility>

#include "base/text.hpp"
#include "farm/error.hpp"
#include "store/file_ops.hpp"

namespace farm {
namespace {

// What Linux file systems take for a component of a path.
constexpr std::size_t longest_name = 255;
constexpr std::string_view longest_suffix = ".err";

std::string cut_names(std::string_view path, std::size_t longest_last) {
  std::string cut;
  while (true) {
    const std::size_t slash = path.find('/');
    if (slash == std::string_view::npos) return cut.append(path.substr(0, longest_last));
    cut.append(path.substr(0, std::min(slash, longest_name))).push_back('/');
    path.remove_prefix(slash + 1);
  }
}

[[noreturn]] void fail(const std::string& path, const std::string& why) {
  fail_fatal(fmt::format("cannot write {}: {}", printable(path), why));
}

}  // namespace

std::size_t longest_result_name(bool is_directory) {
  return is_directory ? longest_name : longest_name - longest_suffix.size();
}

ResultNames result_names(std::string_view target) {
  if (target.ends_with('/')) {
    const std::string directory = cut_names(target, 0);
    return {directory + "stdout", directory + "stderr", directory + "seq"};
  }
  const std::string file = cut_names(target, longest_result_name(false));
  return {file, file + ".err", file + ".seq"};
}

ResultFiles::ResultFiles(ResultNames names, std::uint64_t seq, Open open, unsigned mode)
    : names_(std::move(names)), seq_(seq), open_(std::move(open)), mode_(mode) {}

ResultFiles::~ResultFiles() {
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

std::optional<std::size_t> ResultFiles::advance() {
  while (true) {
    switch (step_) {
      case 0:
        if (const auto written = advance(Stream::out, names_.out)) return written;
        break;
      case 1:
        if (const auto written = advance(Stream::err, names_.err)) return written;
        break;
      case 2: {
        if (names_.seq.empty()) break;
        begin(names_.seq);
        write(std::to_string(seq_));
        finish(names_.seq);
        break;
      }
      default:
        return std::nullopt;
    }
    ++step_;
  }
}

std::optional<std::size_t> ResultFiles::advance(Stream stream, const std::string& name) {
  if (name.empty()) return std::nullopt;
  if (!file_) {
    reader_.emplace(open_(stream));
    begin(name);
  }
  std::string piece;
  if (reader_->next(piece)) {
    write(piece);
    return piece.size();
  }
  finish(name);
  return std::nullopt;
}

void ResultFiles::begin(const std::string& name) {
  const std::filesystem::path directory = std::filesystem::path(name).parent_path();
  std::error_code error;
  if (!directory.empty()) std::filesystem::create_directories(directory, error);
  if (error) fail(name, error.message());
  // A short name of its own: the final one may be as long as a name can be.
  temporary_ = (directory / fmt::format(".farm-{}-{}", ::getpid(), seq_)).string();
  ::unlink(temporary_.c_str());
  file_ = UniqueFd(::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode_));
  if (file_) return;
  temporary_.clear();
  fail(name, error_text(errno));
}

void ResultFiles::write(std::string_view bytes) const {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file_.get(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) fail(temporary_, error_text(written < 0 ? errno : ENOSPC));
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

void ResultFiles::finish(const std::string& name) {
  file_.reset();
  if (std::rename(temporary_.c_str(), name.c_str()) != 0) fail(name, error_text(errno));
  temporary_.clear();
}

}  // namespace farm
