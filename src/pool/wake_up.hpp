/// Wakes the loop of a thread from any other: a descriptor to sleep on, written to only while somebody sleeps.
#pragma once
#include <atomic>

#include "base/unique_fd.hpp"

namespace farm {

class WakeUp {
 public:
  WakeUp();

  /// By the loop, before it looks once more at what others have left for it and then sleeps.
  void expect() { asleep_.store(true); }
  /// By the loop, when it has slept.
  void awake() { asleep_.store(false); }
  /// By the loop, when fd() is readable.
  void drain();
  /// By others, after they have left something.
  void ring();

  int fd() const { return event_.get(); }

 private:
  UniqueFd event_;
  std::atomic<bool> asleep_{false};
};

}  // namespace farm
