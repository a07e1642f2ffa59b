/// A worker as the simulation has it: a queue, slots, and results that it holds back for a while, by the rules of the
/// real one. Knows nothing of the master; time is told to it.
#pragma once
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "core/event.hpp"

namespace farm {

class SimulatedWorker {
 public:
  SimulatedWorker(Rank rank, std::uint32_t slots) : rank_(rank), slots_(slots) {
    for (std::uint32_t slot = slots; slot > 0; --slot) free_.push_back(slot - 1);
  }

  /// What began in a slot; `start` tells it from what is begun there later.
  struct Started {
    AttemptKey key;
    std::uint32_t slot = 0;
    std::uint32_t start = 0;
  };

  void take(const SendTasks& send);
  AttemptsReturned give_back();
  /// Ends what of these runs and returns what waits.
  void stop(const StopAttempts& order, AttemptsReturned& returned);

  /// The next one from the queue, where there is one and a slot for it.
  std::optional<Started> start_next();
  /// nullopt when what was started then has been stopped meanwhile.
  std::optional<AttemptKey> running(std::uint32_t slot, std::uint32_t start) const {
    if (slots_[slot].start != start) return std::nullopt;
    return slots_[slot].key;
  }
  void ended(std::uint32_t slot, const Outcome& outcome, TimePoint now);

  bool should_report(TimePoint now) const;
  AttemptsEnded take_report();
  /// When to ask for a report, if that is news: now, or when results that are held back are due.
  std::optional<TimePoint> new_report_due(TimePoint now);
  /// It was asked at a time it had said.
  void forget_report_due() { told_due_ = end_of_time; }

 private:
  struct Slot {
    AttemptKey key;
    std::uint32_t start = 0;  // 0: empty
  };

  void finish(std::uint32_t slot, const Outcome& outcome);
  bool is_running_low() const { return queue_.size() <= batch_ / 2; }

  Rank rank_;
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_;
  std::deque<AttemptKey> queue_;
  std::uint32_t starts_ = 0;
  std::vector<AttemptResult> results_;
  TimePoint oldest_result_{};
  TimePoint told_due_ = end_of_time;
  Nanos report_within_{0};
  std::size_t batch_ = 0;
  bool told_running_low_ = false;
  bool urgent_ = false;
};

}  // namespace farm
