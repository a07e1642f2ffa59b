#include "sweep/results_path.hpp"

namespace farm {

std::string results_name(std::string_view value) {
  std::string name;
  for (const char c : value) {
    switch (c) {
      case '/':
        name += "\\_";
        break;
      case '\\':
        name += "\\\\";
        break;
      case '\t':
        name += "\\t";
        break;
      case '\0':
        name += "\\0";
        break;
      default:
        name += c;
    }
  }
  // A value must not lead out of the directory.
  if (name == "." || name == "..") name.insert(0, 1, '\\');
  return name;
}

std::string results_directory(std::string_view directory, const std::vector<std::string>& columns,
                              std::span<const std::string_view> values) {
  std::string path(directory);
  if (!path.ends_with('/')) path += '/';
  for (std::size_t i = 0; i < values.size(); ++i) {
    path += i < columns.size() ? results_name(columns[i]) : std::to_string(i + 1);
    path += '/';
    path += results_name(values[i]);
    path += '/';
  }
  return path;
}

}  // namespace farm
