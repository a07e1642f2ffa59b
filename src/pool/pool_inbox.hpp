/// What the threads of rank 0 that use the pool leave for the one that runs it. Thread-safe; nothing here waits. Once
/// the pool is over calls fail at once, and nothing else is taken.
#pragma once
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "core/value_places.hpp"
#include "farm/pool_requests.hpp"
#include "pool/checkpoints.hpp"
#include "pool/wake_up.hpp"

namespace farm {

class PoolInbox {
 public:
  struct Left {
    std::vector<detail::CallRequest> calls;
    std::vector<std::shared_ptr<detail::TaskState>> cancelled;
    std::vector<std::shared_ptr<detail::TaskState>> wanted;  ///< whose results are away and asked for
    std::vector<ValueId> forgotten;                          ///< values that nobody can ask for any more
    bool is_over = false;                                    ///< nobody will ask for anything any more
  };

  std::uint64_t next_task() { return next_task_++; }
  ValueId next_shared() { return broadcast_value(next_shared_++); }

  void post(detail::CallRequest call);
  void cancel(std::shared_ptr<detail::TaskState> state);
  void want(std::shared_ptr<detail::TaskState> state);
  void forget(ValueId value);
  void finish();

  /// By the thread that runs the pool. What says that it is over is the last that it gets.
  Left take();
  bool is_empty() const;
  void set_slots(std::uint32_t slots) { slots_ = slots; }

  std::uint32_t slots() const { return slots_; }
  WakeUp& wake_up() { return wake_up_; }
  Checkpoints& checkpoints() { return checkpoints_; }

 private:
  template <class Add>
  bool leave(const Add& add);

  mutable std::mutex mutex_;
  Left left_;
  bool has_any_ = false;
  bool closed_ = false;
  std::atomic<std::uint64_t> next_task_{0};
  std::atomic<std::uint64_t> next_shared_{0};
  std::atomic<std::uint32_t> slots_{0};
  WakeUp wake_up_;
  Checkpoints checkpoints_;
};

}  // namespace farm
