/// Options that stand elsewhere than on the command line, for all sweeps or those that name them: $PARALLEL and
/// profiles, the files in ~/.parallel. Knows nothing of what the options mean.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "ui/arguments.hpp"

namespace farm {

/// Where such options are, as the environment says.
struct SweepDefaults {
  std::string parallel;  ///< $PARALLEL
  std::string home;      ///< $HOME; empty: there are no profiles
};

/// Words that belong together, and where they stand, for complaints; empty for the command line.
struct ArgumentGroup {
  std::string place;
  Arguments words;
};

/// `text` cut at blanks as a shell does: quotes of both kinds and backslashes, but nothing is expanded.
Arguments typed_words(std::string_view text);

/// What `profiles` (`-J NAME`, a path when it begins with / or .) and $PARALLEL say; later ones overrule earlier ones.
/// Without any profile those that hold for all are meant: /etc/parallel/config and ~/.parallel/config. Throws Error
/// (usage) for a profile that cannot be read.
std::vector<ArgumentGroup> default_words(const SweepDefaults& defaults, const std::vector<std::string>& profiles);

}  // namespace farm
