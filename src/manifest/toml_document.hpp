/// A TOML document as a tree of values with places. The one place that knows the parser; it knows no key.
#pragma once
#include <optional>
#include <string>

#include "manifest/node.hpp"

namespace farm {

/// The table of the whole document, or nullopt after a complaint: nothing can be said of a document behind its first
/// error of syntax.
std::optional<Node> parse_toml(const std::string& text, const ComplainAt& complain);

}  // namespace farm
