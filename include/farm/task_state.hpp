/// What a future looks at: whether a call has ended, and with what. Written by the thread that talks to the workers,
/// read by any other. Users see it as Future and Mapped.
#pragma once
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>

#include "farm/packed.hpp"
#include "farm/task_error.hpp"

namespace farm {

class PoolInbox;

namespace detail {

class TaskState : public std::enable_shared_from_this<TaskState> {
 public:
  TaskState(std::shared_ptr<PoolInbox> inbox, std::uint64_t task);
  TaskState(const TaskState&) = delete;
  TaskState& operator=(const TaskState&) = delete;
  virtual ~TaskState();

  const std::shared_ptr<PoolInbox>& inbox() const { return inbox_; }
  std::uint64_t task() const { return task_; }

  bool is_settled() const { return settled_.load(std::memory_order_acquire); }
  /// Settled well, and the result stays on a worker until somebody asks for it.
  bool is_away() const { return away_.load(std::memory_order_acquire); }

  /// Blocks until it is settled. Throws Error inside of a function that the pool runs.
  void wait() const;

  /// Once settled.
  const std::optional<TaskFailure>& failure() const { return failure_; }
  /// Waits, and has the value brought here if it is away; throws TaskError.
  const Packed& value();
  /// Adds the value as an argument of another call; only when settled without a failure, and not away.
  virtual void append_to(Packed& arguments) const;

  /// Asks for the call not to be made, or to stop if it runs and takes a stop token. It settles as cancelled unless it
  /// has settled before that is heard.
  void cancel();
  void cancel_by(const std::stop_token& token);

  /// By the thread that talks to the workers: the first of these settles it; after settle_away() others may follow,
  /// when the result is brought here or cannot be.
  void settle(Packed value);
  void settle_away();
  virtual void fail(TaskFailure failure);

 protected:
  void announce();

  std::optional<TaskFailure> failure_;

 private:
  class Canceller;

  std::shared_ptr<PoolInbox> inbox_;
  std::uint64_t task_;
  std::atomic<bool> settled_{false};
  std::atomic<bool> away_{false};
  bool was_away_ = false;
  Packed value_;
  std::unique_ptr<Canceller> canceller_;
};

/// Of a map: the results of its elements in the pieces in which they came.
class ArrayState final : public TaskState {
 public:
  struct Part {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
    Packed values;  ///< one after the other; none when it failed
    std::optional<TaskFailure> failure;
  };

  /// `is_flat`: a vector of the results is one array of bytes.
  ArrayState(std::shared_ptr<PoolInbox> inbox, std::uint64_t task, std::uint64_t count, bool is_flat);

  std::uint64_t count() const { return count_; }
  /// The part that came as number `index`; waits for it. nullptr when all have come. Stays where it is.
  const Part* part(std::size_t index) const;

  /// A vector of all results. The map fails as a whole when one of its elements has.
  void append_to(Packed& arguments) const override;

  /// By the thread that talks to the workers.
  void add(Part part);
  /// All that has not come has failed so.
  void fail(TaskFailure failure) override;

 private:
  std::uint64_t count_;
  bool is_flat_;
  mutable std::mutex mutex_;
  mutable std::condition_variable arrived_;
  std::deque<Part> parts_;
  std::uint64_t done_ = 0;
};

}  // namespace detail
}  // namespace farm
