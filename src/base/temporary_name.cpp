#include "base/temporary_name.hpp"

#include <algorithm>

namespace farm {

std::string temporary_beside(std::string_view path, std::string_view token) {
  constexpr std::size_t longest_name = 255;
  while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  const std::size_t slash = path.rfind('/');
  const std::size_t name_at = slash == std::string_view::npos ? 0 : slash + 1;
  const std::string_view name = path.substr(name_at);
  std::string temporary(path.substr(0, name_at));
  const std::string mark = ".farm-" + std::string(token) + ".";
  // Of a long name the end: that is where the extension is.
  const std::size_t room = longest_name - std::min(longest_name, mark.size());
  temporary += mark;
  temporary += name.substr(name.size() - std::min(name.size(), room));
  return temporary;
}

}  // namespace farm
