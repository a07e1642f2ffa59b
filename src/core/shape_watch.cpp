#include "core/shape_watch.hpp"

#include <algorithm>

namespace farm {

ShapeWatch::Place& ShapeWatch::place(ShapeId id) {
  if (index(id) >= places_.size()) places_.resize(index(id) + 1);
  return places_[index(id)];
}

ShapeWatch::Entry& ShapeWatch::entry(const Place& place) {
  if (place.standing == open) return open_[place.index];
  return blocked_[place.index];
}

void ShapeWatch::offer(ShapeId id, const ReadyKey& first) {
  Place& there = place(id);
  if (there.standing != idle) {
    entry(there).first = first;
    return;
  }
  there = {open, static_cast<std::uint32_t>(open_.size())};
  open_.push_back({.first = first, .shape = id});
}

// The last one takes its place.
template <class List>
ShapeWatch::Entry ShapeWatch::remove(List& list, std::uint32_t at) {
  const Entry removed = list[at];
  places_[index(list.back().shape)].index = at;
  list[at] = list.back();
  list.pop_back();
  places_[index(removed.shape)] = {};
  return removed;
}

void ShapeWatch::drop(ShapeId id) {
  const Place there = place(id);
  if (there.standing == open) remove(open_, there.index);
  if (there.standing == blocked) remove(blocked_, there.index);
}

void ShapeWatch::block(ShapeId id, const Shape& shape, std::uint64_t started) {
  const Place there = place(id);
  if (there.standing != open) return;
  const Entry entry = remove(open_, there.index);
  place(id) = {blocked, static_cast<std::uint32_t>(blocked_.size())};
  const FreeRoom needed = room_for(shape);
  least_needed_ = blocked_.empty() ? needed : smaller_of_each(least_needed_, needed);
  blocked_.push_back({entry, needed, started});
  oldest_ = std::min(oldest_, started);
}

void ShapeWatch::unblock(ShapeId id) {
  const Place there = place(id);
  if (there.standing != blocked) return;
  const Entry entry = remove(blocked_, there.index);
  place(id) = {open, static_cast<std::uint32_t>(open_.size())};
  open_.push_back(entry);
}

void ShapeWatch::unblock_all() {
  while (!blocked_.empty()) unblock(blocked_.back().shape);
}

void ShapeWatch::wait_anew(ShapeId id, std::uint64_t started) {
  if (is_blocked(id)) blocked_[place(id).index].since = started;
}

void ShapeWatch::set_tried(ShapeId id) {
  const Place there = place(id);
  if (there.standing != idle) entry(there).tried = round_;
}

std::optional<ShapeId> ShapeWatch::next(const std::vector<FreeRoom>& freed) const {
  const Entry* first = nullptr;
  const auto consider = [&](const Entry& one) {
    if (one.tried != round_ && (first == nullptr || one.first < first->first)) first = &one;
  };
  for (const Entry& one : open_) consider(one);
  for (const FreeRoom& room : freed) {
    if (!room.holds(least_needed_)) continue;  // as a rule, once something has been started there
    for (const Blocked& one : blocked_) {
      if (room.holds(one.needed)) consider(one);
    }
  }
  if (first == nullptr) return std::nullopt;
  return first->shape;
}

// Waiting anew leaves `oldest_` too low, which costs a look in vain, after which it is right again.
std::vector<ShapeId> ShapeWatch::starving(std::uint64_t started, std::uint64_t limit) {
  std::vector<ShapeId> found;
  if (oldest_ > started || started - oldest_ < limit) return found;
  oldest_ = std::numeric_limits<std::uint64_t>::max();
  for (const Blocked& one : blocked_) {
    if (started - one.since >= limit) found.push_back(one.shape);
    oldest_ = std::min(oldest_, one.since);
  }
  return found;
}

}  // namespace farm
