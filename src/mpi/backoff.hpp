/// When to ask MPI again. Open MPI has no wait that does not spin, so a rank sleeps and asks; this says how long, from
/// what has happened lately. Pure: time comes in.
#pragma once
#include "base/clock.hpp"

namespace farm {

class Backoff {
 public:
  struct Situation {
    bool all_ring = false;    ///< every peer rings a doorbell when it has sent something
    bool in_transit = false;  ///< a message of ours has not left, or one is half received: only asking moves it on
    bool announced = false;   ///< more bells rang than messages came
    bool expecting = false;   ///< a message would find something to do
  };

  /// A message came or went, or a bell rang: more may follow at once.
  void stirred(TimePoint now);

  /// A bell rang: its message may still be on the way.
  void rang(TimePoint now);

  /// Nothing was there just now. How long to sleep before asking again.
  Nanos patience(TimePoint now, const Situation& situation);

 private:
  TimePoint announced_until_{};  // the message of the last ring may come until then
  TimePoint last_stir_{};
  Nanos pause_{0};
};

}  // namespace farm
