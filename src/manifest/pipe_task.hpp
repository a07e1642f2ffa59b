/// What the sources of `--pipe` and `--pipepart` have in common: tasks that differ in what they read.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "farm/task.hpp"

namespace farm {

/// Everything about the task with this number, from 1, but what it reads.
using MakePipeTask = std::function<TaskSpec(std::uint64_t sequence)>;

/// Bytes `start` to `end` of a file behind its first `header` bytes; all in one where they follow each other.
inline std::vector<FileRange> block_of(const std::string& path, std::uint64_t header, std::uint64_t start,
                                       std::uint64_t end) {
  if (header == start) return {{path, 0, end}};
  if (header == 0) return {{path, start, end - start}};
  return {{path, 0, header}, {path, start, end - start}};
}

}  // namespace farm
