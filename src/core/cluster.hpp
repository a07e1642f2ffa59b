/// Nodes, the workers on them, and what is out on each: who has room for what. Knows nothing of tasks' states or order.
///
/// A node's processors, memory and GPUs are shared by its workers. A plain task takes a slot of a worker and one of the
/// node's places. Only plain tasks are ever sent ahead of a free slot, and only to nodes where nothing else is out:
/// so whatever a worker starts by itself has room.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "core/event.hpp"
#include "core/flights.hpp"
#include "core/node_room.hpp"

namespace farm {

enum class NodeIndex : std::uint32_t {};

/// Between two workers.
enum class Distance : std::uint8_t { same_worker, same_node, other_node };

/// Where else something is to be tried: at least so far from a worker, and where it suits.
struct Away {
  Rank from{-1};
  Distance least = Distance::other_node;
  std::function<bool(Rank)> suits{};  ///< unset: everywhere
};

/// Where an attempt that is out is kept.
struct Seat {
  Rank worker{-1};
  Flights::Seat index = 0;
};

class Cluster {
 public:
  // --- who is there ---

  /// False when it is there already.
  bool add(const WorkerUp& worker);
  /// What was out on it. Nothing when it was not there.
  std::vector<Flight> remove(Rank worker);

  /// What is out on it keeps its slots until it ends: only what is free is taken away at once.
  void set_slots(Rank worker, std::uint32_t slots);

  bool is_up(Rank worker) const;
  std::uint32_t workers() const { return workers_up_; }
  std::uint32_t slots() const { return slots_; }
  std::uint32_t slots(Rank worker) const { return get(worker).slots; }
  NodeIndex node_of(Rank worker) const { return get(worker).node; }
  std::uint32_t nodes() const { return nodes_up_; }  ///< with workers
  std::vector<Rank> ranks() const;                   ///< of workers that are up, in order

  /// Whether a worker is given new tasks; so it is when it comes.
  void set_open(Rank worker, bool is_open);
  bool is_open(Rank worker) const { return get(worker).is_open; }

  Distance distance(Rank a, Rank b) const;
  /// As far from `worker` as there is an open one that suits and could run a task of this shape, were it idle; nullopt
  /// where there is no other.
  std::optional<Away> elsewhere(Rank worker, const Shape& shape, std::function<bool(Rank)> suits = {}) const;

  // --- room ---

  /// The least loaded worker that a plain task could go to; it may have no free slot.
  std::optional<Rank> emptiest() const;
  std::optional<Rank> emptiest(const Away& away) const;
  /// The one with most tasks waiting for a slot, of those that have not been asked to return them.
  std::optional<Rank> fullest() const;
  bool has_free_slot(Rank worker) const { return get(worker).flights.size() < get(worker).slots; }
  /// Whether plain tasks may be sent to it beyond its free slots.
  bool may_queue(Rank worker) const;

  /// Whether a task of this shape can begin on it now, were it open.
  bool has_room(Rank worker, ShapeId id, const Shape& shape) const;

  /// Where a task of this shape, not a plain one, fits best now. With `only`, just on these nodes; not on `kept`.
  std::optional<Rank> best_fit(const Shape& shape, const std::vector<NodeIndex>* only, const Away* away = nullptr,
                               std::optional<NodeIndex> kept = std::nullopt) const;
  /// Whether it would fit on some node that is up, were it empty.
  bool could_ever_fit(const Shape& shape) const;
  /// A worker of the node that comes nearest to it.
  std::optional<Rank> nearest(const Shape& shape) const;
  /// Bytes of the node that has most, of those that could hold it; 0: not known.
  std::uint64_t largest_memory(const Shape& shape) const;

  // --- what is out ---

  Seat put(Rank worker, Flight flight, const Shape& shape);
  Flight take(Seat seat);
  Flight& at(Seat seat) { return workers_[index(seat.worker)].flights[seat.index]; }
  const Flight& at(Seat seat) const { return get(seat.worker).flights[seat.index]; }
  const Flights& flights(Rank worker) const { return get(worker).flights; }

  /// It was asked to return what it queues, or has answered.
  void set_recalled(Rank worker, bool recalled);
  bool is_recalled(Rank worker) const { return get(worker).is_recalled; }

  // --- one reservation: a node is kept for the first task of a shape ---

  /// Keeps the node that will probably have room first, and nothing else: a former reservation ends. `mean` for what is
  /// expected of a task that has no expectation of its own. nullopt when no node could hold it.
  std::optional<NodeIndex> reserve(const Shape& shape, TimePoint now, Nanos mean);
  void end_reservation();
  std::optional<NodeIndex> reserved() const { return reserved_; }
  /// When the node will probably have room.
  TimePoint reserved_from() const { return reserved_from_; }
  /// A worker of it with a free slot, where the node has a free place, too.
  std::optional<Rank> idle_on_reserved() const;
  std::vector<Rank> workers_of(NodeIndex node) const { return nodes_[index(node)].workers; }

  const NodeRoom& room(NodeIndex node) const { return nodes_[index(node)].room; }

  /// Nodes on which something was freed since forget_freed(), or whose reservation ended.
  const std::vector<NodeIndex>& freed() const { return freed_; }
  void forget_freed();
  /// Grows when workers come or open: what fitted nowhere may fit now.
  std::uint64_t version() const { return version_; }

  /// Aborts when anything does not add up. For tests.
  void check_invariants() const;

 private:
  enum class PlainRule {
    none,        // no plain task goes there
    free_slots,  // as many as have a free slot and a place
    queued,      // they may also wait there for a slot
  };
  struct Worker {
    bool is_up = false;
    bool is_open = true;
    bool is_recalled = false;
    std::optional<double> listed;  // as what it stands in by_load_
    std::uint32_t slots = 0;
    std::uint32_t wanted_slots = 0;  // fewer, while what is out still holds some
    std::uint32_t plain = 0;         // plain tasks out
    NodeIndex node{};
    Flights flights;
  };
  struct Node {
    NodeRoom room;
    std::uint32_t slots = 0;
    std::uint32_t queued = 0;  // tasks beyond their workers' slots
    std::vector<Rank> workers;
    bool is_freed = false;
    PlainRule rule = PlainRule::queued;
  };

  static std::size_t index(Rank rank) { return static_cast<std::size_t>(value(rank)); }
  static std::size_t index(NodeIndex node) { return static_cast<std::size_t>(node); }
  const Worker& get(Rank rank) const { return workers_[index(rank)]; }
  Node& node_for(const WorkerUp& worker, NodeIndex& place);
  static bool takes_tasks(const Worker& worker) { return worker.is_open && worker.wanted_slots > 0; }
  void look_at_reservation();
  static std::uint32_t running_plain(const Worker& worker);
  static std::uint32_t queued(const Worker& worker);
  template <class Change>
  void change(Rank rank, const Change& change);
  void change_slots(Worker& worker, Node& node, std::uint32_t slots);
  void list(Rank rank);
  void list_node(NodeIndex node);
  PlainRule plain_rule(NodeIndex node) const;
  bool is_listed(const Worker& worker) const;
  void give_back(const Flight& flight, Worker& worker, Node& node);
  void note_freed(NodeIndex node);
  bool is_candidate(NodeIndex node, const Shape& shape) const;
  std::optional<Rank> free_worker(const Node& node, const Away* away) const;
  bool is_allowed(Rank worker, const Away* away) const;
  std::optional<TimePoint> has_room_at(const Node& node, const Shape& shape, TimePoint now, Nanos mean) const;

  std::vector<Worker> workers_;  // by rank
  std::vector<Node> nodes_;
  std::map<std::uint32_t, NodeIndex> node_numbers_;
  std::set<std::pair<double, Rank>> by_load_;  // those a plain task may go to, the emptiest first
  std::uint32_t workers_up_ = 0;
  std::uint32_t nodes_up_ = 0;
  std::uint32_t slots_ = 0;
  std::optional<NodeIndex> reserved_;
  TimePoint reserved_from_{};
  std::vector<NodeIndex> freed_;
  std::uint64_t version_ = 0;
};

}  // namespace farm
