/// Which workers fail what succeeds elsewhere. Counts; what to do about one is the scheduler's business. Pure.
#pragma once
#include <cstdint>
#include <vector>

#include "base/clock.hpp"
#include "farm/ids.hpp"

namespace farm {

class Health {
 public:
  enum class End { well, badly, badly_at_once };

  /// An attempt ended there.
  void ended(Rank worker, End how);

  /// Nothing ever ended well there, at least ten tasks ended badly at once, and these are more than ten for each that
  /// one of the `others` has ended: left alone, a node without its disk fails the whole manifest before one good task
  /// has ended elsewhere.
  bool is_racing(Rank worker, std::uint32_t others) const;

  /// Nothing ever ended well there, at least three tasks ended badly at once, and that is as unlikely as under strike()
  /// for a worker that is no worse than the others.
  bool looks_bad(Rank worker) const;

  /// A task that failed at once there has succeeded on another worker. True when this worker is now to be set aside: at
  /// least three such tasks, and a chance of less than 1 in 10,000 that it is no worse than the others (binomial tail
  /// over all other workers' rate).
  bool strike(Rank worker);

  /// It is set aside from now on; returns for how long: a minute the first time, twice as long every time after, at
  /// most 15 minutes.
  Nanos set_aside(Rank worker);

  /// The probe went well: what was held against it is forgotten.
  void forgive(Rank worker);

  std::uint32_t strikes(Rank worker) const { return get(worker).strikes; }
  bool has_ended_well(Rank worker) const { return get(worker).well > 0; }
  /// Nothing ever ended well there, and something badly at once.
  bool is_dubious(Rank worker) const { return get(worker).well == 0 && get(worker).badly_at_once > 0; }

 private:
  struct Record {
    std::uint64_t ended = 0;
    std::uint64_t well = 0;
    std::uint64_t badly_at_once = 0;
    std::uint32_t strikes = 0;
    std::uint32_t times_aside = 0;
  };
  Record& of(Rank worker);
  Record get(Rank worker) const;
  double rate_elsewhere(std::uint64_t failed, const Record& one) const;

  std::vector<Record> records_;  // by rank
  Record all_;
};

}  // namespace farm
