// Any bytes are either tasks in JSON Lines or an Error, and the same one whether they come from a file or a stream.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include "base/check.hpp"
#include "base/unique_fd.hpp"
#include "farm/error.hpp"
#include "manifest/lines_file.hpp"
#include "manifest/lines_stream.hpp"

namespace {

using Tasks = std::optional<std::vector<farm::TaskSpec>>;

Tasks read_all(farm::TaskSource& source) {
  std::vector<farm::TaskSpec> tasks;
  farm::TaskSpec task;
  while (source.next(task) == farm::TaskSource::Next::task) {
    identity(task, "/launch");
    tasks.push_back(task);
  }
  return tasks;
}

Tasks read_as_file(const std::string& path) {
  try {
    farm::JsonLinesFile file(path, "/launch");
    Tasks tasks = read_all(file);
    FARM_CHECK(file.total() == tasks->size());
    return tasks;
  } catch (const farm::Error& error) {
    FARM_CHECK(error.kind() == farm::Error::Kind::usage);
    return std::nullopt;
  }
}

Tasks read_as_stream(farm::UniqueFd fd) {
  farm::JsonLinesStream stream(std::move(fd), "stream", "/launch");
  try {
    return read_all(stream);
  } catch (const farm::Error& error) {
    FARM_CHECK(error.kind() == farm::Error::Kind::fatal);
    return std::nullopt;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  farm::UniqueFd file(::memfd_create("jsonl_fuzz", MFD_CLOEXEC));
  FARM_CHECK(::write(file.get(), data, size) == static_cast<ssize_t>(size));
  FARM_CHECK(::lseek(file.get(), 0, SEEK_SET) == 0);
  const Tasks from_file = read_as_file("/proc/self/fd/" + std::to_string(file.get()));
  FARM_CHECK(read_as_stream(std::move(file)) == from_file);
  return 0;
}
