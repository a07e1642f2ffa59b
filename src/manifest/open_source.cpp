#include "manifest/open_source.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/text.hpp"
#include "base/unique_fd.hpp"
#include "farm/error.hpp"
#include "manifest/lines_file.hpp"
#include "manifest/lines_stream.hpp"
#include "manifest/toml_file.hpp"

namespace farm {
namespace {

std::unique_ptr<TaskSource> open_stdin(const std::string& launch_dir) {
  UniqueFd input(::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0));
  if (!input) fail_usage(fmt::format("cannot read standard input: {}", std::strerror(errno)));
  return std::make_unique<LinesStream>(std::move(input), "standard input", launch_dir);
}

std::unique_ptr<TaskSource> open_stream(const std::string& path, const std::string& launch_dir) {
  // Without O_NONBLOCK this would wait for somebody to open the other end of a FIFO.
  UniqueFd stream(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (!stream) fail_usage(fmt::format("cannot read {}: {}", printable(path), std::strerror(errno)));
  if (path.ends_with(".jsonl")) return std::make_unique<JsonLinesStream>(std::move(stream), path, launch_dir);
  return std::make_unique<LinesStream>(std::move(stream), path, launch_dir);
}

}  // namespace

std::unique_ptr<TaskSource> open_source(const std::string& path, const std::string& launch_dir, Complaints* complaints,
                                        OutputNames output_names) {
  if (path == "-") return open_stdin(launch_dir);
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) {
    fail_usage(fmt::format("cannot read {}: {}", printable(path), std::strerror(errno)));
  }
  if (path.ends_with(".toml")) return std::make_unique<TomlFile>(path, launch_dir, complaints, output_names);
  if (S_ISFIFO(status.st_mode) || S_ISCHR(status.st_mode)) return open_stream(path, launch_dir);
  if (path.ends_with(".jsonl")) return std::make_unique<JsonLinesFile>(path, launch_dir, complaints);
  return std::make_unique<LinesFile>(path, launch_dir, complaints);
}

}  // namespace farm
