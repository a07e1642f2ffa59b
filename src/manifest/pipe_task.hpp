/// What the sources of `--pipe` and `--pipepart` have in common: tasks that differ in what they read.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "farm/task.hpp"

namespace farm {

/// Everything about the task with this number, from 1, but what it reads.
using MakePipeTask = std::function<TaskSpec(std::uint64_t sequence)>;

/// How many bytes at the beginning of the data are a header (`--header REGEX`); nullopt when these do not tell.
using FindHeader = std::function<std::optional<std::size_t>(std::string_view beginning)>;

/// So much is looked at for that before there is a block of data, lest a small --block cut a header short.
inline constexpr std::size_t usual_header_bytes = 64 << 10;

/// Whoever has no header in so many bytes has none at all.
inline constexpr std::size_t longest_header = 64 << 20;

/// Bytes `start` to `end` of a file behind its first `header` bytes; all in one where they follow each other.
inline std::vector<FileRange> block_of(const std::string& path, std::uint64_t header, std::uint64_t start,
                                       std::uint64_t end) {
  if (header == start) return {{path, 0, end}};
  if (header == 0) return {{path, start, end - start}};
  return {{path, 0, header}, {path, start, end - start}};
}

}  // namespace farm
