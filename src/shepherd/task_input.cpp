#include "shepherd/task_input.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace farm {
namespace {

// Four times the usual: a task that reads fast wakes the shepherd a quarter as often. Not more, because of the 64 MiB
// of pipes that users may have by default, after which all new ones, those for output too, are tiny.
constexpr int pipe_bytes = 256 << 10;

struct OpenFile {
  std::shared_ptr<const UniqueFd> fd;
  std::uint64_t size = 0;
  bool is_regular = false;
};

TaskInput refuse(int error, std::string complaint) { return {.error = error, .complaint = std::move(complaint)}; }

TaskInput refuse_file(int error, const std::string& path, const char* advice) {
  std::string complaint = "cannot read the task's input '" + path + "': " + std::strerror(error);
  if (error == ENOENT) complaint += advice;
  return refuse(error, std::move(complaint));
}

constexpr const char* about_parts =
    "; every node must see that file (farm's copy of what --pipe reads is where --run DIR says)";
constexpr const char* about_files = "; it must be there when the task starts, on every node";

// Returns an errno.
int open_file(const std::string& path, OpenFile& file) {
  // O_NONBLOCK: a FIFO, which is refused, must not make all tasks wait for its writer.
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  struct stat status {};
  if (!fd || ::fstat(fd.get(), &status) != 0) return errno;
  if (S_ISDIR(status.st_mode)) return EISDIR;
  if (!S_ISREG(status.st_mode) && !S_ISCHR(status.st_mode)) return ESPIPE;
  file = {std::make_shared<const UniqueFd>(std::move(fd)), static_cast<std::uint64_t>(status.st_size),
          S_ISREG(status.st_mode)};
  return 0;
}

// For the task the file must be as if it had opened it itself.
TaskInput whole_file(const OpenFile& file) {
  ::fcntl(file.fd->get(), F_SETFL, 0);
  TaskInput input{.fd = UniqueFd(::fcntl(file.fd->get(), F_DUPFD_CLOEXEC, 0))};
  return input.fd ? std::move(input) : refuse(errno, "cannot open the task's input: " + std::string(strerror(errno)));
}

TaskInput through_pipe(std::vector<Feed::Part> parts) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) {
    return refuse(errno, "cannot make a pipe for the task's input: " + std::string(std::strerror(errno)));
  }
  TaskInput input{.fd = UniqueFd(ends[0])};
  UniqueFd writer(ends[1]);
  // Only this end: the task must find an ordinary, blocking pipe.
  ::fcntl(writer.get(), F_SETFL, O_NONBLOCK);
  ::fcntl(writer.get(), F_SETPIPE_SZ, pipe_bytes);
  input.feed = std::make_unique<Feed>(std::move(parts), std::move(writer));
  return input;
}

TaskInput open_stdin_file(const std::string& path) {
  OpenFile file;
  if (const int error = open_file(path, file); error != 0) return refuse_file(error, path, about_files);
  return whole_file(file);
}

// The rank has both of its ends, unless it is about to go: that must not be waited for.
TaskInput open_stdin_pipe(const std::string& path) {
  TaskInput input{.fd = UniqueFd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK))};
  if (!input.fd) return refuse_file(errno, path, "");
  ::fcntl(input.fd.get(), F_SETFL, 0);
  return input;
}

}  // namespace

TaskInput open_input(const LaunchRequest& request, bool may_inherit) {
  if (!request.stdin_pipe.empty()) return open_stdin_pipe(request.stdin_pipe);
  if (!request.stdin_file.empty()) return open_stdin_file(request.stdin_file);
  if (request.stdin_parts.empty()) return {.inherited = request.inherits_stdin && may_inherit};
  std::vector<Feed::Part> parts;
  OpenFile file;
  const std::string* path = nullptr;
  for (const FileRange& range : request.stdin_parts) {
    // A header and the block after it are usually in the same file.
    if (path == nullptr || *path != range.path) {
      if (const int error = open_file(range.path, file); error != 0) return refuse_file(error, range.path, about_parts);
      path = &range.path;
    }
    if (!file.is_regular) return refuse_file(ESPIPE, range.path, about_parts);
    if (range.offset > file.size || range.bytes > file.size - range.offset) {
      return refuse(ENODATA, "the task's input '" + range.path + "' has only " + std::to_string(file.size) +
                                 " bytes, and the task was to read " + std::to_string(range.bytes) + " from byte " +
                                 std::to_string(range.offset) + " on: was it changed?");
    }
    if (range.bytes > 0) parts.push_back({range.path, file.fd, range.offset, range.bytes});
  }
  const bool is_whole = request.stdin_parts.size() == 1 && parts.size() == 1 && parts[0].bytes == file.size;
  return is_whole ? whole_file(file) : through_pipe(std::move(parts));
}

}  // namespace farm
