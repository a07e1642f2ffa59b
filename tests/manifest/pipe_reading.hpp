/// What the tests of both pipe sources do: make tasks, and read what they would read.
#pragma once
#include <gtest/gtest.h>

#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "manifest/pipe_task.hpp"
#include "source_reading.hpp"

namespace farm {

inline TaskSpec numbered_task(std::uint64_t sequence) {
  TaskSpec task;
  task.command = "task " + std::to_string(sequence);
  return task;
}

/// As `--header '(#.*\n)*'`, but for a text that has only such lines it does not tell.
inline std::optional<std::size_t> comments(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size() && text[at] == '#') {
    const std::size_t end = text.find('\n', at);
    if (end == std::string_view::npos) return std::nullopt;
    at = end + 1;
  }
  return at < text.size() ? std::optional(at) : std::nullopt;
}

inline std::string input_of(const TaskSpec& task) {
  std::string input;
  for (const FileRange& part : task.stdin_parts) {
    std::ifstream file(part.path, std::ios::binary);
    std::string bytes(part.bytes, '\0');
    file.seekg(static_cast<std::streamoff>(part.offset));
    file.read(bytes.data(), static_cast<std::streamsize>(part.bytes));
    EXPECT_EQ(file.gcount(), static_cast<std::streamsize>(part.bytes)) << part.path << " at " << part.offset;
    input += bytes;
  }
  return input;
}

/// Of all tasks that are left, which must be numbered on from `first`.
inline std::vector<std::string> inputs(TaskSource& source, std::uint64_t first = 1) {
  std::vector<std::string> found;
  for (const TaskSpec& task : read_all(source)) {
    EXPECT_EQ(task.command, "task " + std::to_string(first + found.size()));
    found.push_back(input_of(task));
  }
  return found;
}

}  // namespace farm
