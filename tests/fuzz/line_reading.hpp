/// What the fuzzers of manifests that are read line by line have in common: any bytes are either a list of tasks or an
/// Error, and the same one whether they come from a file or, unless tasks wait for others, from a stream.
#pragma once
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/check.hpp"
#include "base/unique_fd.hpp"
#include "farm/error.hpp"
#include "manifest/read_graph.hpp"
#include "manifest/task_source.hpp"

namespace farm {

using FuzzedTasks = std::optional<std::vector<TaskSpec>>;

inline std::vector<TaskSpec> read_all(TaskSource& source) {
  std::vector<TaskSpec> tasks;
  TaskSpec task;
  while (source.next(task) == TaskSource::Next::task) {
    identity(task, "/launch");
    tasks.push_back(task);
  }
  return tasks;
}

inline void read_dependencies(TaskSource& source) {
  source.rewind();
  try {
    Complaints complaints;
    read_graph(source, "/launch", complaints);
  } catch (const Error& error) {
    FARM_CHECK(error.kind() == Error::Kind::usage);
  }
}

// Tasks that wait for others come from files only.
inline bool has_waiting(const FuzzedTasks& tasks) {
  return tasks && std::any_of(tasks->begin(), tasks->end(),
                              [](const TaskSpec& task) { return !task.after.empty() || !task.inputs.empty(); });
}

template <class File>
FuzzedTasks read_as_file(const std::string& path) {
  try {
    // With mistakes, too, it can be looked through for more of them.
    Complaints complaints;
    File flawed(path, "/launch", &complaints);
    read_dependencies(flawed);
    File file(path, "/launch");
    FARM_CHECK(complaints.empty());
    FuzzedTasks tasks = read_all(file);
    FARM_CHECK(file.total() == tasks->size());
    read_dependencies(file);
    return tasks;
  } catch (const Error& error) {
    FARM_CHECK(error.kind() == Error::Kind::usage);
    return std::nullopt;
  }
}

template <class Stream>
FuzzedTasks read_as_stream(UniqueFd fd) {
  Stream stream(std::move(fd), "stream", "/launch");
  try {
    return read_all(stream);
  } catch (const Error& error) {
    FARM_CHECK(error.kind() == Error::Kind::fatal);
    return std::nullopt;
  }
}

template <class File, class Stream>
int check_line_reading(const std::uint8_t* data, std::size_t size) {
  UniqueFd file(::memfd_create("fuzzed", MFD_CLOEXEC));
  FARM_CHECK(::write(file.get(), data, size) == static_cast<ssize_t>(size));
  FARM_CHECK(::lseek(file.get(), 0, SEEK_SET) == 0);
  const FuzzedTasks from_file = read_as_file<File>("/proc/self/fd/" + std::to_string(file.get()));
  FARM_CHECK(read_as_stream<Stream>(std::move(file)) == (has_waiting(from_file) ? std::nullopt : from_file));
  return 0;
}

}  // namespace farm
