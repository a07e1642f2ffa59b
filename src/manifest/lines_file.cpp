#include "manifest/lines_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <cerrno>
#include <cstring>

#include "base/text.hpp"
#include "manifest/file_version.hpp"

namespace farm {
namespace {

UniqueFd open_for_reading(const std::string& path) {
  UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  if (!file) fail_usage(fmt::format("cannot read {}: {}", printable(path), std::strerror(errno)));
  return file;
}

struct stat status_of(int fd, const std::string& path, Error::Kind on_failure) {
  struct stat status {};
  if (::fstat(fd, &status) == 0) return status;
  throw Error(on_failure, fmt::format("cannot examine {}: {}", printable(path), std::strerror(errno)));
}

}  // namespace

template <class Parser>
ScannedFile<Parser>::ScannedFile(const std::string& path, const std::string& launch_dir, Complaints* complaints)
    : path_(path),
      launch_dir_(launch_dir),
      file_(open_for_reading(path)),
      opened_(status_of(file_.get(), path, Error::Kind::usage)),
      buffer_(Parser::longest_line),
      parser_(path, launch_dir, nullptr) {
  if (S_ISDIR(opened_.st_mode)) fail_usage(fmt::format("{} is a directory, not a list of commands", printable(path)));
  if (!S_ISREG(opened_.st_mode)) fail_usage(fmt::format("{} is not a regular file", printable(path)));
  scan(complaints);
  rewind();
}

template <class Parser>
TaskSource::Next ScannedFile<Parser>::next(TaskSpec& task) {
  for (;;) {
    while (const auto line = buffer_.next()) {
      const bool is_task = parser_.accept(*line);
      // The scan found none. One now means the file changed within one tick of its time stamp.
      if (!is_flawed_) parser_.complaints().raise_if_any(Error::Kind::fatal);
      if (!is_task) continue;
      parser_.make(task);
      return Next::task;
    }
    if (buffer_.at_end()) return Next::end;
    refill(Error::Kind::fatal);
  }
}

template <class Parser>
void ScannedFile<Parser>::rewind() {
  if (::lseek(file_.get(), 0, SEEK_SET) != 0) {
    fail_fatal(fmt::format("cannot go back to the start of {}: {}", printable(path_), std::strerror(errno)));
  }
  buffer_ = LineBuffer(Parser::longest_line);
  parser_ = Parser(path_, launch_dir_, nullptr);
}

template <class Parser>
void ScannedFile<Parser>::scan(Complaints* complaints) {
  NameLines names;
  Parser parser(path_, launch_dir_, &names);
  Fingerprinter fingerprinter;
  while (!buffer_.at_end()) {
    fingerprinter.bytes(refill(Error::Kind::usage));
    while (const auto line = buffer_.next()) {
      if (parser.accept(*line)) ++total_;
    }
  }
  parser.finish();
  is_flawed_ = !parser.complaints().empty();
  if (complaints == nullptr) parser.complaints().raise_if_any(Error::Kind::usage);
  if (complaints != nullptr) complaints->add(parser.complaints());
  links_ = parser.links();
  fingerprinter.field(launch_dir_);
  digest_ = fingerprinter.value();
}

// Returns what was read; nothing at the end of the file.
template <class Parser>
std::string_view ScannedFile<Parser>::refill(Error::Kind on_failure) {
  const std::span<char> space = buffer_.space();
  ssize_t count = 0;
  do {
    count = ::read(file_.get(), space.data(), space.size());
  } while (count < 0 && errno == EINTR);
  if (count < 0) throw Error(on_failure, fmt::format("cannot read {}: {}", printable(path_), std::strerror(errno)));
  // After the read, not before it: what has come is from the file as it was only if it is unchanged now.
  check_unchanged(on_failure);
  buffer_.filled(static_cast<std::size_t>(count));
  return {space.data(), static_cast<std::size_t>(count)};
}

template <class Parser>
void ScannedFile<Parser>::check_unchanged(Error::Kind on_failure) const {
  if (is_same_version(opened_, status_of(file_.get(), path_, on_failure))) return;
  const std::string changed = printable(path_) + " changed while it was being read";
  if (on_failure == Error::Kind::usage) fail_usage(changed + "; run the same command again when it is complete");
  fail_fatal(changed + "; what was started goes on; run the same command again for the rest");
}

template class ScannedFile<LinesParser>;
template class ScannedFile<JsonLinesParser>;

}  // namespace farm
