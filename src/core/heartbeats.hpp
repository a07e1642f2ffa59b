/// Who has been silent for too long. Counts looks instead of comparing times: whoever watches may itself have been
/// stopped or starved for a while, with everybody it watches, and then that counts as one look. Pure: time comes in.
#pragma once
#include <map>
#include <vector>

#include "base/clock.hpp"
#include "farm/ids.hpp"

namespace farm {

/// What follows from the one time a user gives (`--heartbeat`), after which a silent rank is given up. Ranks may be
/// silent for up to one and a half intervals. By the time the master gives one up its shepherd, which hears of it at
/// every interval, has killed it and its tasks.
///
///     last sign      1.5 intervals           shepherd kills           master gives up
///     |- - - - - - - - - - - - -|. . . . 5 to 6 after the last beat    8 to 9 after the last message
struct HeartbeatTimes {
  static constexpr int shepherds_looks = 5;
  static constexpr int masters_looks = 8;

  /// Zero (no heartbeats) for a limit of zero.
  static constexpr Nanos interval(Nanos limit) { return limit / (masters_looks + 1); }
};

class Heartbeats {
 public:
  /// Looks once in `interval`, zero for never; who was not heard of at `looks` of them in a row is overdue.
  Heartbeats(Nanos interval, int looks) : interval_(interval), looks_(looks) {}

  /// Watches it from the first time on.
  void heard(Rank rank) { silent_[rank] = 0; }
  void forget(Rank rank) { silent_.erase(rank); }

  /// Those that have become overdue, who are watched no more. Does nothing when no look is due. To be called when all
  /// that has arrived was heard.
  std::vector<Rank> look(TimePoint now);

  /// When the next look is due; `end_of_time` when nobody is watched.
  TimePoint next_look() const;

 private:
  Nanos interval_;
  int looks_;
  TimePoint last_look_{};
  std::map<Rank, int> silent_;  // for so many looks
};

}  // namespace farm
