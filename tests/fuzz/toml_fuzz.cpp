// Any bytes are either tasks in TOML or an Error, and the same tasks when they are read again.
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <string>

#include "base/check.hpp"
#include "base/unique_fd.hpp"
#include "farm/error.hpp"
#include "manifest/read_graph.hpp"
#include "manifest/toml_file.hpp"

namespace {

constexpr std::uint64_t most_read = 200;

std::vector<farm::TaskSpec> read_some(farm::TomlFile& file) {
  std::vector<farm::TaskSpec> tasks;
  farm::TaskSpec task;
  while (tasks.size() < most_read && file.next(task) == farm::TaskSource::Next::task) tasks.push_back(task);
  return tasks;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  farm::UniqueFd memory(::memfd_create("toml_fuzz", MFD_CLOEXEC));
  FARM_CHECK(::write(memory.get(), data, size) == static_cast<ssize_t>(size));
  try {
    const std::string path = "/proc/self/fd/" + std::to_string(memory.get());
    farm::Complaints complaints;
    farm::TomlFile flawed(path, "/launch", &complaints);
    read_some(flawed);
    farm::TomlFile file(path, "/launch");
    FARM_CHECK(complaints.empty());
    const auto tasks = read_some(file);
    if (tasks.size() < most_read) FARM_CHECK(file.total() == tasks.size());
    file.rewind();
    FARM_CHECK(read_some(file) == tasks);
    file.rewind();
    if (tasks.size() < most_read) farm::read_graph(file, "/launch", complaints);
  } catch (const farm::Error& error) {
    FARM_CHECK(error.kind() == farm::Error::Kind::usage);
  }
  return 0;
}
