/// What `{.}`, `{/}` and their kin make of a value. Pure: no file is looked at.
#pragma once
#include <cstdint>
#include <string_view>

namespace farm {

enum class PathPart : std::uint8_t {
  whole,                 ///< {}
  no_extension,          ///< {.}    dir/f.tar.gz -> dir/f.tar
  base,                  ///< {/}    -> f.tar.gz
  directory,             ///< {//}   -> dir; "." when there is none
  base_no_extension,     ///< {/.}   -> f.tar
  no_2_extensions,       ///< {..}   -> dir/f
  no_3_extensions,       ///< {...}
  base_no_2_extensions,  ///< {/..}  -> f
  base_no_3_extensions,  ///< {/...}
  own_directory,         ///< {+/}   -> dir; empty when there is none
  extension,             ///< {+.}   -> gz
  last_2_extensions,     ///< {+..}  -> tar.gz
  last_3_extensions,     ///< {+...}
};

/// A part of `value`, or ".".
std::string_view path_part(PathPart part, std::string_view value);

}  // namespace farm
