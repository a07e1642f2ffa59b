/// Time, read here and nowhere else. Durations come from the steady clock; wall-clock time is for display and records
/// only.
#pragma once
#include <chrono>

namespace farm {

using Nanos = std::chrono::nanoseconds;

/// A point on the steady clock, or on a simulated one. Its epoch means nothing.
using TimePoint = std::chrono::time_point<std::chrono::steady_clock, Nanos>;

inline constexpr TimePoint end_of_time = TimePoint::max();

/// What the loops ask for the time, so that tests can hold it.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual TimePoint now() const = 0;
  /// Since the UNIX epoch. May step.
  virtual Nanos wall() const = 0;
};

/// The machine's clocks. Stateless, thread-safe.
class SystemClock final : public Clock {
 public:
  TimePoint now() const override;
  Nanos wall() const override;
};

inline double seconds(Nanos duration) { return std::chrono::duration<double>(duration).count(); }

}  // namespace farm
