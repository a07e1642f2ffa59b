/// Whether a file's name that was made from values leads out of where whoever wrote its pattern wanted files to be. By
/// the text alone: nothing is known of links or of what exists.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace farm {

/// What values may make of the names of files that tasks leave.
enum class OutputNames {
  stay,      ///< no name may lead out
  anywhere,  ///< `--allow-outside`
};

/// `typed` is how the pattern begins before its first value; `name` begins with it. A name that is all typed leads
/// where it was meant to; any other must stay in the directory that `typed` names, with "/" or without:
///
///     out/{}.txt    below out/
///     ../{}/log     below ../
///     {}.txt        below the directory that names are relative to; no absolute name, either, but /dev/null and the
///     like
bool leads_out(std::string_view name, std::string_view typed);

/// What to tell the user of such a name, and the way out; nullopt for one that stays where it belongs.
std::optional<std::string> complaint_about_output(std::string_view name, std::string_view typed);

}  // namespace farm
