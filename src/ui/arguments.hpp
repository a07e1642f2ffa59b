/// Parsing a command line with CLI11 the way farm wants it: unknown options are refused with the nearest one there is,
/// and every refusal is an Error (usage). Knows no option itself.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
}

namespace farm {

using Arguments = std::vector<std::string>;

/// "; did you mean X?", or nothing when nothing was found.
std::string did_you_mean(const std::string& found);

bool is_option(std::string_view argument);

/// For every application: no help flag of its own, and of a repeated option the last one counts, since scripts and
/// aliases put options before the user's.
void prepare(CLI::App& app);

/// Returns the words that `app` has no positional for.
Arguments parse(CLI::App& app, Arguments arguments);

/// The options before the first word that is none, or before `--`; returns that word and all that follow.
Arguments parse_until_word(CLI::App& app, Arguments arguments);

}  // namespace farm
