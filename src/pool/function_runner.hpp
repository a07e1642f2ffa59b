/// The threads of a worker that run functions, so that the one that talks MPI is always free to listen. Pieces go in,
/// what has become of their elements comes out; both in batches, so that a short call costs no wake-up. Knows nothing
/// of ranks and messages but their structs.
#pragma once
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <memory>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

#include "base/clock.hpp"
#include "farm/function.hpp"
#include "pool/pool_message.hpp"
#include "pool/shared_values.hpp"

namespace farm {

class FunctionRunner {
 public:
  struct Setup {
    Rank rank{};
    std::uint32_t slots = 1;          ///< threads
    std::function<void()> wake;       ///< called by them when report_due() has become earlier, or work runs out
    CommandDesk* commands = nullptr;  ///< for functions that run commands; outlives the runner
    std::size_t largest_head = largest_value_head;  ///< a call with a result of more in small parts fails
  };

  /// The clock outlives it.
  FunctionRunner(Setup setup, const Clock& clock);
  FunctionRunner(const FunctionRunner&) = delete;
  FunctionRunner& operator=(const FunctionRunner&) = delete;
  /// Asks what runs to stop and waits for it.
  ~FunctionRunner();

  /// From here on threads that run out of work look for more so long before they sleep.
  void spin(Nanos at_most) { spin_ = at_most; }

  /// From here on results of more bytes than that stay here, where they may: see EndHead::Kind.
  void keep_above(std::size_t bytes) { keep_above_ = bytes; }

  void add(const PoolRun& run);

  /// Takes back half of what waits, or else the second half of what is left of a piece that runs and may be split.
  std::vector<RemainderHead> give_back();

  /// Drops these pieces where they wait, and asks them to stop where they run.
  std::vector<RemainderHead> cancel(const std::vector<std::uint64_t>& pieces);

  /// When what has ended is to be reported: at once when work runs out or a piece took long; `end_of_time` when nothing
  /// has ended.
  TimePoint report_due() const;
  /// As much as makes a message; the rest is due at once.
  PoolEnds take_ends();

  /// Whether a message with work would find a thread that has none.
  bool is_hungry() const;
  /// Whether a piece of several elements runs; its ends so far are put out by show_progress().
  bool has_long_piece() const;
  void show_progress();

  SharedValues& shared() { return shared_; }

  /// Asks what runs to stop, and waits at most so long; whether all threads have ended.
  bool close(Nanos at_most);

 private:
  struct Job {
    PieceHead head;
    PackedView arguments;
  };
  // What a thread runs. `claimed` and `limit` settle, without a lock in the usual case, which elements it may still
  // begin: see claim().
  struct Slot {
    Job job;
    bool is_busy = false;
    std::atomic<std::uint64_t> claimed{0};  // elements before this one are begun
    std::atomic<std::uint64_t> limit{0};    // elements from this one on are not to be
    std::atomic<bool> show{false};
    std::stop_source stop;
  };

  void serve(Slot& slot);
  void run(Slot& slot);
  PackedView put_together(const PieceHead& head, PackedView arguments, std::vector<std::uint64_t>& shared_ids) const;
  bool keeps(const PieceHead& head, Packed& results);
  bool claim(Slot& slot, std::uint64_t element);
  std::uint64_t cut(Slot& slot, std::uint64_t limit);
  void report(EndHead head, Packed values, Nanos took, TimePoint now);
  bool await_job(std::unique_lock<std::mutex>& lock);
  void spin_for_work() const;
  static bool can_split(const Slot& slot);

  Setup setup_;
  const Clock& clock_;
  SharedValues shared_;
  mutable std::mutex mutex_;  // of everything below
  std::condition_variable work_;
  std::condition_variable over_;
  std::deque<Job> queue_;
  std::size_t batch_ = 0;          // how long the queue was when something came last
  bool told_running_low_ = false;  // since then
  std::deque<PoolEnds> ends_;
  TimePoint due_ = end_of_time;
  std::atomic<bool> closing_{false};
  std::size_t running_threads_ = 0;
  std::atomic<std::size_t> queued_{0};  // for those who spin
  std::atomic<Nanos> spin_{Nanos::zero()};
  std::atomic<std::size_t> keep_above_{std::numeric_limits<std::size_t>::max()};
  std::vector<std::unique_ptr<Slot>> slots_;
  std::vector<std::jthread> threads_;
};

}  // namespace farm
