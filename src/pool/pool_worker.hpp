/// A worker of a pool: hands what the master sends to the runner's threads and what they have done back. Never blocks;
/// whoever calls turn() sleeps on fd() and the channel, until next_due().
#pragma once
#include <cstdint>
#include <functional>

#include "base/clock.hpp"
#include "pool/function_runner.hpp"
#include "pool/wake_up.hpp"
#include "wire/frame.hpp"

namespace farm {

class PoolWorker {
 public:
  struct Setup {
    Rank rank{};
    std::uint32_t slots = 1;
    std::uint64_t node = 0;              ///< the lowest rank of its host
    bool may_spin = true;                ///< there are processors enough for it
    Nanos heartbeat{0};                  ///< at least so often it shows that it lives; 0: it need not
    CommandDesk* commands = nullptr;     ///< outlives the worker
    std::function<void()> beat = [] {};  ///< shows it to the shepherd
  };

  /// Says hello. Channel and clock outlive it.
  PoolWorker(Setup setup, FrameChannel& channel, const Clock& clock);

  void turn();

  /// When turn() has something to do without a message. To be asked after wake_up().expect().
  TimePoint next_due() const;
  bool is_expecting() const { return runner_.is_hungry(); }
  /// How long to look for messages before sleeping.
  Nanos spin() const { return spin_; }
  WakeUp& wake_up() { return wake_up_; }

  bool is_over() const { return over_; }
  /// Once it is over: whether others are gone, so that nobody may wait for them.
  bool has_lost_ranks() const { return has_lost_ranks_; }
  /// Asks what runs to stop; whether all threads have ended within that time.
  bool close(Nanos at_most) { return runner_.close(at_most); }

 private:
  void handle(Rank from, PoolMessage message);
  void obey(PoolMessage message);
  void say(PoolMessage message);
  void show_life(TimePoint now);

  Setup setup_;
  FrameChannel& channel_;
  const Clock& clock_;
  WakeUp wake_up_;
  FunctionRunner runner_;
  TimePoint progress_due_ = end_of_time;
  TimePoint last_words_;
  TimePoint last_beat_;
  Nanos spin_{0};
  bool over_ = false;
  bool has_lost_ranks_ = false;
};

}  // namespace farm
