/// How fast the run goes: recent rate, slot time offered and used. Pure: time comes in.
#pragma once
#include <cstdint>
#include <deque>
#include <optional>

#include "base/clock.hpp"

namespace farm {

class Throughput {
 public:
  explicit Throughput(TimePoint start) : last_change_(start) {}

  void slots_changed(std::uint32_t slots, TimePoint now);
  void attempt_ended(Nanos wall);
  void task_settled(TimePoint now);

  Nanos busy() const { return busy_; }
  Nanos slot_time(TimePoint now) const;
  /// Tasks settled per second over the last minute, or since the start when that is less; 0 before the first.
  double rate(TimePoint now) const;

 private:
  struct Bucket {
    TimePoint start;
    std::uint64_t settled;
  };
  std::deque<Bucket> buckets_;  // a second each
  std::uint64_t in_buckets_ = 0;
  Nanos busy_{0};
  Nanos slot_time_{0};
  std::uint32_t slots_ = 0;
  TimePoint last_change_;
};

}  // namespace farm
