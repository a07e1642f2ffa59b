/// What the tests of every manifest form do with a source: read it to its end, or to its error.
#pragma once
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "farm/error.hpp"
#include "manifest/task_source.hpp"

namespace farm {

inline std::vector<TaskSpec> read_all(TaskSource& source) {
  std::vector<TaskSpec> tasks;
  TaskSpec task;
  while (source.next(task) == TaskSource::Next::task) tasks.push_back(task);
  return tasks;
}

inline std::vector<std::string> commands_of(const std::vector<TaskSpec>& tasks) {
  std::vector<std::string> commands;
  for (const TaskSpec& task : tasks) commands.push_back(task.command);
  return commands;
}

/// The text of the Error that `action` throws, which must be of `kind`.
inline std::string error_of(const std::function<void()>& action, Error::Kind kind) {
  try {
    action();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), kind);
    return error.what();
  }
  ADD_FAILURE() << "nothing was thrown";
  return "";
}

/// `text` without every `part`: messages without the directory of a test.
inline std::string without(std::string_view part, std::string text) {
  for (std::size_t at = 0; (at = text.find(part)) != std::string::npos;) text.erase(at, part.size());
  return text;
}

}  // namespace farm
