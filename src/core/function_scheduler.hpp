/// Which worker computes which part of which task, when tasks are functions. A task is `count` calls of one function,
/// one for a plain call and as many as there are elements for a map; a worker gets a piece of it, a range of elements,
/// and may give back the end of a piece that another worker is idle for. Knows nothing of values, messages, threads or
/// clocks.
///
/// Not the scheduler of commands (scheduler.hpp): that one decides for each task about needs, files, retries, journal
/// and estimates, which is worth 2 us when a process takes 500. Here a call may take 10 ns, so what is decided for
/// every element there is decided for a range of them here; and since a range can be taken back in the middle, work may
/// be handed out generously and is never stuck behind a long task.
#pragma once
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "farm/haste.hpp"
#include "farm/ids.hpp"

namespace farm {

/// One handing-out; never used again, so that a late word about it is recognised.
enum class PieceId : std::uint64_t {};

struct Piece {
  PieceId id{};
  TaskId task{};
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  friend bool operator==(const Piece&, const Piece&) = default;
};

class FunctionScheduler {
 public:
  struct Setup {
    Haste haste = Haste::adaptive;
    std::uint32_t crash_limit = 3;  ///< ranks that an element may take down before it is given up
  };

  struct NewTask {
    TaskId task{};
    std::uint32_t kind = 0;     ///< tasks of one kind are expected to take equally long per element
    std::int32_t priority = 0;  ///< higher ones first; equal ones in the order they came
    std::uint64_t count = 1;    ///< at least 1
    std::uint64_t chunk = 0;    ///< elements of a piece; 0: found from how long they take, and pieces may be split
    std::uint64_t most = std::uint64_t{1} << 20;  ///< elements of a piece whose size is found
    std::optional<Rank> near;   ///< who has its arguments already: goes there while there is room, unless given back
    std::uint32_t crashes = 0;  ///< ranks that it has taken down already
  };

  struct Send {
    Rank to{};
    Piece piece;
    bool may_split = false;
    std::uint32_t attempt = 1;  ///< one more than the ranks that were lost with it
  };

  struct Plan {
    std::vector<Send> sends;
    std::vector<Rank> recalls;  ///< who is asked to give back part of what it has; the answer is returned()
  };

  explicit FunctionScheduler(const Setup& setup) : setup_(setup) {}

  void worker_joined(Rank rank, std::uint32_t slots);

  /// Its pieces go back, to be run alone in ever smaller parts, because one element may have done it. Returns those
  /// given up: single elements that have taken down `crash_limit` ranks.
  std::vector<Piece> worker_lost(Rank rank);

  void submitted(const NewTask& task);

  /// The piece's elements up to `end` are done; they took so long. Returns the part that is new, nullopt for a word
  /// that is stale or about a cancelled task.
  std::optional<Piece> ended(Rank rank, PieceId piece, std::uint64_t end, Nanos took);

  struct Remainder {
    PieceId piece{};
    std::uint64_t from = 0;
  };
  /// The answer to a recall: of these pieces what begins at `from` will not be run there.
  void returned(Rank rank, const std::vector<Remainder>& remainders, TimePoint now);

  /// The same without having been asked: it was cancelled.
  void dropped(Rank rank, const std::vector<Remainder>& remainders);

  /// Forgets the task. Returns where parts of it are; what is said about them later is stale.
  std::vector<std::pair<Rank, PieceId>> cancelled(TaskId task);

  Plan plan(TimePoint now);

  /// When plan() may have something to say without anything having happened.
  TimePoint next_due() const { return next_due_; }

  /// Whether any worker is there or may still come.
  std::size_t workers() const { return workers_.size(); }
  std::size_t unfinished() const { return tasks_.size(); }
  /// Seconds per element of that kind, 0 when none has ended.
  double mean_seconds(std::uint32_t kind) const;

  /// Aborts when what it knows does not fit together; for tests.
  void check_invariants() const;

 private:
  struct Task {
    NewTask what;
    std::uint64_t left = 0;  // elements not ended
  };
  struct Item {
    TaskId task{};
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
    std::uint32_t crashes = 0;
    bool was_given_back = false;
  };
  struct Flight {
    Piece piece;
    std::uint32_t kind = 0;
    std::uint32_t crashes = 0;
    double cost = 0;  // seconds it is expected to take from now on
    bool may_split = false;
  };
  struct Worker {
    std::uint32_t slots = 1;
    std::unordered_map<PieceId, Flight> flights;
    double load = 0;          // the sum of their costs
    bool is_testing = false;  // has one suspect, and nothing else until that has ended
    bool is_recalled = false;
    std::optional<TimePoint> idle_since;
    TimePoint recall_not_before{};
    Nanos recall_pause{0};
  };
  struct Mean {
    double seconds = 0;
    double elements = 0;
  };

  bool prepare_front(std::deque<Item>& items);
  bool has_room(const Worker& worker, const Task& task) const;
  double queue_seconds(const Task& task) const;
  std::uint64_t piece_size(const Item& item, const Task& task) const;
  double cost(const Task& task, std::uint64_t elements) const;
  void send(Plan& plan, Rank rank, std::deque<Item>& from, std::uint64_t elements);
  std::uint64_t suspect_size(const Item& item) const;
  void plan_suspects(Plan& plan);
  bool plan_one(Plan& plan);
  std::optional<Rank> place_for(const Item& item) const;
  void plan_recalls(Plan& plan, TimePoint now);
  bool can_give(const Worker& worker) const;
  void reload(Rank rank, Worker& worker, double load);
  void land(Rank rank, Worker& worker, PieceId piece);

  Setup setup_;
  std::unordered_map<TaskId, Task> tasks_;
  std::map<std::int32_t, std::deque<Item>, std::greater<>> ready_;
  std::deque<Item> suspects_;
  std::map<Rank, Worker> workers_;
  std::set<std::pair<double, Rank>> by_load_;  // per slot
  std::map<std::uint32_t, Mean> means_;
  std::uint64_t slots_ = 0;
  std::uint64_t next_piece_ = 0;
  TimePoint next_due_ = end_of_time;
};

}  // namespace farm
