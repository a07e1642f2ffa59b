/// What a test looks for in files.
#pragma once
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace farm {

/// All of it; nothing when there is none.
inline std::string text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// How many there are in it.
inline std::size_t entries(const std::string& directory) {
  namespace fs = std::filesystem;
  return static_cast<std::size_t>(std::distance(fs::directory_iterator(directory), fs::directory_iterator()));
}

}  // namespace farm
