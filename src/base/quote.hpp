/// How a value gets through a shell unharmed, in exactly the spelling users of GNU parallel know from their logs.
#pragma once
#include <string>
#include <string_view>

namespace farm {

/// One word for a POSIX shell that expands to exactly `value`: verbatim when it has only letters, digits and `-_.+/`,
/// else between single quotes, a single quote in it as `'"'"'`, and without an empty pair of quotes at either end.
/// Any byte but NUL.
std::string quote_value(std::string_view value);

/// Appends the same to `out`.
void append_quoted(std::string& out, std::string_view value);

}  // namespace farm
