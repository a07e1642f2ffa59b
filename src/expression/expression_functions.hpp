/// The functions of expressions, by name.
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "expression/expression_tree.hpp"

namespace farm {

struct FunctionInfo {
  enum class Takes {
    nothing,  ///< seq
    one,      ///< uc $_ . "x" is uc($_) . "x"; $_ if there is none
    list,     ///< join ",", $a, $b
  };
  std::string_view name;
  Function function;
  Takes takes;
  std::size_t least, most;
};

/// nullptr if there is none.
const FunctionInfo* find_function(std::string_view name);

/// What to say about a function that is not there.
std::string explain_missing_function(std::string_view name);

/// Words of Perl that are statements and never names of columns.
bool is_foreign_keyword(std::string_view word);

}  // namespace farm
