/// What depends on the slot is known only when a task starts. Until then a pair of NULs in a text encloses an
/// expression that needs nothing else; no text that goes to a program can have a NUL of its own.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace farm {

/// `expression`, which has no NUL, marked for `fill_late`: `slot()`, or what Expression::freeze gives.
std::string late(std::string_view expression);

bool has_late(std::string_view text);

/// `text` with every marked expression replaced by what it makes of $_ with this slot, quoted for a shell unless it
/// says uq(); `slot()` alone stands for the slot itself. Throws ExpressionError when one has no value.
std::string fill_late(std::string_view text, std::uint32_t slot);

}  // namespace farm
