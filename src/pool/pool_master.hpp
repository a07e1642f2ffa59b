/// The master of a pool: takes calls from the inbox, waits for the results they depend on, has the scheduler hand them
/// out, and settles what comes back. Never blocks; whoever calls turn() sleeps on the channel and the inbox.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/function_scheduler.hpp"
#include "core/heartbeats.hpp"
#include "pool/checkpoint.hpp"
#include "pool/pool_inbox.hpp"
#include "pool/pool_message.hpp"
#include "pool/pool_values.hpp"

namespace farm {

/// How long a thread of a pool looks for something to do before it sleeps.
Nanos spin_time(Haste haste);

class PoolMaster {
 public:
  struct Setup {
    Haste haste = Haste::adaptive;
    std::uint32_t crash_limit = 3;
    std::vector<Rank> workers;                          ///< that will say hello
    Nanos heartbeat{0};                                 ///< a worker that has been silent for so long is lost; 0: never
    std::uint64_t keep_above = std::uint64_t{1} << 20;  ///< results of more bytes stay on their worker until asked for
    std::size_t largest_head = largest_value_head;      ///< a call with more in small arguments fails
  };

  /// All outlive it.
  PoolMaster(const Setup& setup, PoolInbox& inbox, FrameChannel& channel, const Clock& clock);

  void turn();
  TimePoint next_due() const;

  /// Whether it waits for results.
  bool is_expecting() const { return scheduler_.unfinished() > 0 || !wanted_.empty(); }

  /// When turn() is not to be called any more, for whatever reason: results that are to outlive the program are
  /// written.
  void flush_at_last() noexcept;

  /// The program is done with the pool; the workers have been told.
  bool is_over() const { return over_; }

 private:
  struct Task {
    detail::CallRequest call;
    std::size_t missing = 0;       // results it waits for
    std::uint32_t generation = 0;  // so many calls behind it would have to be made again, too, were it to be
    std::uint32_t crashes = 0;     // when it was withdrawn from the scheduler: ranks it had taken down

    // With a checkpoint: what it does not have, in order; the scheduler is told of nothing else.
    struct Missed {
      std::uint64_t element = 0;
      Fingerprint key;
    };
    std::vector<Missed> missed;
  };

  // A call whose result stays on a worker, without its state: to be made again should the worker be lost.
  struct Kept {
    std::weak_ptr<detail::TaskState> state;
    Task task;
  };
  // A piece that was planned for a rank, which has to get values first.
  struct HeldBack {
    FunctionScheduler::Send send;
    std::vector<ValueId> missing;
  };

  void handle(Rank from, PoolMessage message);
  void greet(Rank from, const PoolHello& hello);
  void take(Rank from, const PoolEnds& ends);
  void lose(Rank rank);
  void give_up_the_silent();
  void accept(detail::CallRequest call);
  void try_start(TaskId id, Task& task);
  void start(TaskId id, Task& task);
  void hand_over(TaskId id, Task& task, std::size_t largest);
  bool is_usable(const std::shared_ptr<detail::TaskState>& result, bool is_needed_here);
  void fetch(const std::shared_ptr<detail::TaskState>& state);
  void fetched(ValueId value, const PackedView& view);
  void make_again(const std::shared_ptr<detail::TaskState>& state);
  void make_lost_results_again();
  void got_value(Rank from, const PoolGot& got);
  void withdraw(const FunctionScheduler::Send& send);
  void stop(TaskId id);
  void stop_making(TaskId id);
  void keep_away(TaskId id, Rank where);
  void forget(ValueId value);
  void send_what_was_held_back();
  bool unhold(Rank rank, PieceId piece);
  void part_ended(const Piece& part, const EndHead& head, PackedView values, Rank from);
  void fail_part(const Piece& part, TaskFailure failure);
  void fail(TaskId id, TaskFailure failure);
  static void recall(Task& task);
  static std::pair<std::uint64_t, std::uint64_t> elements(const Task& task, const Piece& part);
  void keep(const Task& task, const Piece& part, const PackedView& value);
  void flush();
  void cancel(TaskId id, TaskFailure::Kind why);
  void cancel_late();
  void settled(TaskId id);
  void wake_dependants();
  void give_up_without_workers();
  void hand_out();
  bool has_arguments(const Task& task) const;
  bool is_ready(const FunctionScheduler::Send& send);
  void send(const std::vector<FunctionScheduler::Send>& sends);
  void add_piece(PoolRun& run, const FunctionScheduler::Send& send);
  void finish();
  TaskFailure failure(TaskFailure::Kind kind, const Task& task, std::string text) const;
  std::vector<FunctionScheduler::Remainder> remainders(const std::vector<RemainderHead>& heads) const;

  Setup setup_;
  PoolInbox& inbox_;
  FrameChannel& channel_;
  const Clock& clock_;
  FunctionScheduler scheduler_;
  Heartbeats heartbeats_;
  std::unordered_map<TaskId, Task> tasks_;
  std::unordered_map<const detail::TaskState*, std::vector<TaskId>> dependants_;
  std::vector<const detail::TaskState*> just_settled_;
  std::multimap<TimePoint, TaskId> deadlines_;  // also of tasks that have ended since
  PoolValues values_;
  std::unordered_map<TaskId, Kept> kept_;
  std::unordered_map<TaskId, std::shared_ptr<detail::TaskState>> wanted_;  // results to be brought here
  std::map<Rank, std::vector<HeldBack>> held_back_;
  std::map<Rank, std::uint32_t> slots_;
  std::set<std::shared_ptr<Checkpoint>> unflushed_;
  TimePoint next_flush_{};
  std::size_t gone_ = 0;
  bool over_ = false;
};

}  // namespace farm
