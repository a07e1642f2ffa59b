/// What scripts ask GNU parallel before they use it: how many processors there are here, and how new it is.
#pragma once
#include <optional>
#include <string>

#include "ui/arguments.hpp"

namespace farm {

/// The answer, when the first of the words behind `farm sweep` is such a question: `--number-of-sockets`,
/// `--number-of-cores`, `--number-of-threads`, `--number-of-cpus` (these are the cores) or `--minversion N`. The
/// version is that of the GNU parallel whose options farm follows. Throws Error: for one that is too new, as fatal,
/// which is the status 255 that scripts look for.
std::optional<std::string> answer_question(const Arguments& words);

}  // namespace farm
