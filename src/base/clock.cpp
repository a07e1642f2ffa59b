#include "base/clock.hpp"

namespace farm {

TimePoint SystemClock::now() const { return std::chrono::steady_clock::now(); }

Nanos SystemClock::wall() const { return std::chrono::system_clock::now().time_since_epoch(); }

}  // namespace farm
