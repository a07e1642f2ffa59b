/// A worker of a pool: hands what the master sends to the runner's threads and what they have done back. Never blocks;
/// whoever calls turn() sleeps on fd() and the channel, until next_due().
#pragma once
#include <cstdint>

#include "base/clock.hpp"
#include "pool/function_runner.hpp"
#include "pool/wake_up.hpp"
#include "wire/frame.hpp"

namespace farm {

class PoolWorker {
 public:
  /// Says hello. Channel and clock outlive it. `may_spin`: there are processors enough for it.
  PoolWorker(Rank rank, std::uint32_t slots, FrameChannel& channel, const Clock& clock, bool may_spin = true);

  void turn();

  /// When turn() has something to do without a message. To be asked after wake_up().expect().
  TimePoint next_due() const;
  bool is_expecting() const { return runner_.is_hungry(); }
  /// How long to look for messages before sleeping.
  Nanos spin() const { return spin_; }
  WakeUp& wake_up() { return wake_up_; }

  bool is_over() const { return over_; }
  /// Asks what runs to stop; whether all threads have ended within that time.
  bool close(Nanos at_most) { return runner_.close(at_most); }

 private:
  void handle(PoolMessage message);

  FrameChannel& channel_;
  const Clock& clock_;
  WakeUp wake_up_;
  FunctionRunner runner_;
  TimePoint progress_due_ = end_of_time;
  bool may_spin_;
  Nanos spin_{0};
  bool over_ = false;
};

}  // namespace farm
