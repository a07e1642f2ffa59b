/// Small steps on directories, all relative to a descriptor and none following a link. Errors are left in errno.
#pragma once
#include <string>
#include <vector>

#include "base/unique_fd.hpp"

namespace farm {

/// Opens the directory `path` (or `name` below `at`); empty on failure, also when its last component is a link.
UniqueFd open_directory(const std::string& path);
UniqueFd open_directory(int at, const std::string& name);

/// All names in it but "." and "..", in no order. Throws Error (fatal) when it cannot be read.
std::vector<std::string> names_in(int directory);

}  // namespace farm
