/// The two streams a task prints to.
#pragma once
#include <cstdint>

namespace farm {

enum class Stream : std::uint8_t { out, err };

}  // namespace farm
