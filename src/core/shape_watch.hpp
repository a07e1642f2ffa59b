/// Which shapes are worth a try: those that have tasks and may have room somewhere. One that found room nowhere is
/// blocked, and worth a try again only where something was freed since, so that an event costs each such shape one look
/// at the freed node and no more. Knows nothing of tokens, and of tasks only the first of each shape.
#pragma once
#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "core/node_room.hpp"
#include "core/ready_queue.hpp"
#include "core/shape.hpp"

namespace farm {

class ShapeWatch {
 public:
  /// There are tasks of it, the first is `first`. It may have room anywhere, unless it is known to be blocked.
  void offer(ShapeId id, const ReadyKey& first);
  /// There are none any more.
  void drop(ShapeId id);

  /// No node has room for it. `started` counts the attempts handed out so far, all in all: from then on others pass it
  /// by. Changes nothing when it is blocked already.
  void block(ShapeId id, const Shape& shape, std::uint64_t started);
  bool is_blocked(ShapeId id) const { return index(id) < places_.size() && places_[index(id)].standing == blocked; }
  /// It may have room anywhere again.
  void unblock(ShapeId id);
  void unblock_all();
  /// A task of it was started where something was freed; it is blocked still, and waits anew.
  void wait_anew(ShapeId id, std::uint64_t started);

  /// From here on every shape is worth a try once more.
  void begin_round() { ++round_; }
  /// Not worth another in this round.
  void set_tried(ShapeId id);
  /// Of those that are worth a try, the one whose first task comes first; `freed` is what nodes have free on which
  /// something was freed.
  std::optional<ShapeId> next(const std::vector<FreeRoom>& freed) const;

  /// Those that `limit` attempts or more have passed by, in no order.
  std::vector<ShapeId> starving(std::uint64_t started, std::uint64_t limit);

 private:
  enum Standing : std::uint8_t { idle, open, blocked };
  struct Place {
    Standing standing = idle;
    std::uint32_t index = 0;  // in the list of those that stand so
  };
  struct Entry {
    ReadyKey first;
    ShapeId shape{};
    std::uint64_t tried = 0;  // the last round
  };
  struct Blocked : Entry {
    FreeRoom needed;
    std::uint64_t since = 0;  // attempts handed out by then
  };

  static std::size_t index(ShapeId id) { return static_cast<std::size_t>(id); }
  Place& place(ShapeId id);
  Entry& entry(const Place& place);
  template <class List>
  Entry remove(List& list, std::uint32_t at);

  std::vector<Place> places_;  // by shape
  std::vector<Entry> open_;
  std::vector<Blocked> blocked_;
  FreeRoom least_needed_;  // nothing that is blocked needs less, of anything
  std::uint64_t round_ = 1;
  std::uint64_t oldest_ = std::numeric_limits<std::uint64_t>::max();  // no one is blocked for longer
};

}  // namespace farm
