/// Which files a command line says it writes, as far as the line shows it. A guess for warnings, never for decisions.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace farm {

/// The words behind `>` and `>|` (not `>>`, which adds), behind `-o`, `--out`, `--output`, `--outfile`, and behind
/// `--out=` and its like; without /dev/null and without what has an expansion in it.
std::vector<std::string> written_files(std::string_view command);

/// The program that a command line begins with: its first word, unless that is none (a variable, an expansion, a shell
/// construct). Empty then.
std::string first_program(std::string_view command);

}  // namespace farm
