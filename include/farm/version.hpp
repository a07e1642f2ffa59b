/// The version of the library, as `farm --version` prints it.
#pragma once

namespace farm {

inline constexpr const char* version = "0.1.0";

}  // namespace farm
