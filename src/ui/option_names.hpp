/// Option names as they may be typed: long ones cut short, in any case, as GNU parallel takes them. Makes of them what
/// CLI11 understands; knows no option itself.
#pragma once
#include "ui/arguments.hpp"

namespace farm {

/// The group of options whose names may not be cut short: what they begin with is what people type for one of GNU
/// parallel's.
inline constexpr const char* written_out = "written out";

/// The options before the first word that is none get their full names; an option whose value is an optional number
/// gets it attached, "1" when there is none. Unknown names are left for the parser to refuse. Throws Error (usage) for
/// the beginning of several names.
Arguments complete_options(const CLI::App& app, Arguments arguments);

}  // namespace farm
