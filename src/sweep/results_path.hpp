/// Where `--results DIR` puts a task's output: a directory per source, named so that any value makes a good name.
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace farm {

/// A value as the name of a directory: `/` becomes `\_`, `\` becomes `\\`, a tab `\t`, a NUL `\0`, and `.` and `..` get
/// a backslash in front.
std::string results_name(std::string_view value);

/// "DIR/1/<value>/2/<value>/", with the column's name instead of its number where it has one. Whoever makes the
/// directories shortens what is too long for them.
std::string results_directory(std::string_view directory, const std::vector<std::string>& columns,
                              std::span<const std::string_view> values);

}  // namespace farm
