/// Names for files that are being written and get their own name when they are whole.
#pragma once
#include <string>
#include <string_view>

namespace farm {

/// A hidden name in the directory of `path`, so that renaming one to the other replaces it at once. It ends as that
/// name does: programs go by the extension. `token` tells it from all others beside it; slashes at the end of `path`
/// are left out.
std::string temporary_beside(std::string_view path, std::string_view token);

}  // namespace farm
