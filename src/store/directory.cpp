#include "store/directory.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>

#include <cerrno>
#include <memory>
#include <string_view>

#include "farm/error.hpp"
#include "store/file_ops.hpp"

namespace farm {

UniqueFd open_directory(const std::string& path) { return open_directory(AT_FDCWD, path); }

UniqueFd open_directory(int at, const std::string& name) {
  return UniqueFd(::openat(at, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
}

std::vector<std::string> names_in(int directory) {
  struct Close {
    void operator()(DIR* stream) const { ::closedir(stream); }
  };
  UniqueFd own = open_directory(directory, ".");  // a stream moves and closes its descriptor: not the caller's
  const std::unique_ptr<DIR, Close> stream(own ? ::fdopendir(own.get()) : nullptr);
  if (!stream) fail_fatal(fmt::format("cannot read a directory: {}", error_text(errno)));
  own.release();
  std::vector<std::string> names;
  while (true) {
    errno = 0;
    const dirent* entry = ::readdir(stream.get());
    if (entry == nullptr) break;
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  if (errno != 0) fail_fatal(fmt::format("cannot read a directory: {}", error_text(errno)));
  return names;
}

}  // namespace farm
