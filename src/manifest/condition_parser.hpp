/// The grammar of conditions:
///
///     either      = both { "or" both }
///     both        = opposite { "and" opposite }
///     opposite    = "not" opposite | comparison
///     comparison  = sum [ ("==" | "!=" | "<" | "<=" | ">" | ">=") sum ]
///     sum         = product { ("+" | "-") product }
///     product     = factor { ("*" | "/" | "%") factor }
///     factor      = "-" factor | "(" either ")" | number | text in quotes | parameter | "true" | "false"
///
/// A parameter is the longest name that stands there, or any name in braces. Knows no values.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "manifest/condition_tree.hpp"

namespace farm {

/// `names` are those of the parameters. Throws ConditionError, also where a text, a number or a condition stands in the
/// place of another of these.
ConditionTree parse_condition(std::string_view text, const std::vector<std::string>& names);

}  // namespace farm
