/// What `farm --help` prints: pages of at most 24 lines of 80 columns. Does not know the parser; a test holds the two
/// together.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace farm {

/// The page on `topic`, newline included; "" is the overview. nullopt when there is none.
std::optional<std::string_view> help_page(std::string_view topic);

/// The topics there are pages on, the overview left out.
std::vector<std::string> help_topics();

}  // namespace farm
