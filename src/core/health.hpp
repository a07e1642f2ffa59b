/// Which workers fail what succeeds elsewhere. Counts; what to do about one is the scheduler's business. Pure.
#pragma once
#include <cstdint>
#include <vector>

#include "base/clock.hpp"
#include "farm/ids.hpp"

namespace farm {

class Health {
 public:
  /// An attempt ended there, whichever way.
  void ended(Rank worker);

  /// A task that failed at once there has succeeded on another worker. True when this worker is now to be set aside: at
  /// least three such tasks, and a chance of less than 1 in 10,000 that it is no worse than the others (binomial tail
  /// over all other workers' rate).
  bool strike(Rank worker);

  /// It is set aside from now on; returns for how long: a minute the first time, twice as long every time after, at
  /// most 15 minutes.
  Nanos set_aside(Rank worker);

  /// The probe went well: what was held against it is forgotten.
  void forgive(Rank worker);

  std::uint32_t strikes(Rank worker) const;
  /// Something ended there that nobody holds against it.
  bool has_ended_well(Rank worker) const;

 private:
  struct Record {
    std::uint64_t ended = 0;
    std::uint32_t strikes = 0;
    std::uint32_t times_aside = 0;
  };
  Record& of(Rank worker);
  double rate_elsewhere(const Record& one) const;

  std::vector<Record> records_;  // by rank
  Record all_;
};

}  // namespace farm
