/// Whether there is a program, looked for as execvp(3) does. Knows nothing of who runs it.
#pragma once
#include <string>
#include <string_view>

namespace farm {

/// A `program` with a slash is a path, relative to the current directory; another one is looked for in `path`, the
/// value of PATH. True when it is a file that this user may execute.
bool is_runnable(const std::string& program, std::string_view path);

}  // namespace farm
