// The node that is kept for the first task of one shape: which, from when, and what it may do until then.
#include <algorithm>
#include <utility>
#include <vector>

#include "core/cluster.hpp"

namespace farm {

std::optional<NodeIndex> Cluster::reserve(const Shape& shape, TimePoint now, Nanos mean) {
  end_reservation();
  for (std::size_t place = 0; place < nodes_.size(); ++place) {
    const Node& node = nodes_[place];
    if (node.workers.empty() || !node.room.could_fit(shape)) continue;
    const auto at = has_room_at(node, shape, now, mean);
    if (!at || (reserved_ && *at >= reserved_from_)) continue;
    reserved_ = NodeIndex{static_cast<std::uint32_t>(place)};
    reserved_from_ = *at;
  }
  if (reserved_) list_node(*reserved_);
  return reserved_;
}

void Cluster::end_reservation() {
  if (!reserved_) return;
  const NodeIndex place = *std::exchange(reserved_, std::nullopt);
  note_freed(place);
  list_node(place);
}

// A node whose workers take nothing any more is kept for nobody.
void Cluster::look_at_reservation() {
  if (!reserved_) return;
  const std::vector<Rank>& workers = nodes_[index(*reserved_)].workers;
  if (std::none_of(workers.begin(), workers.end(), [this](Rank rank) { return takes_tasks(get(rank)); })) {
    end_reservation();
  }
}

std::optional<Rank> Cluster::idle_on_reserved() const {
  if (!reserved_ || nodes_[index(*reserved_)].room.free_places() == 0) return std::nullopt;
  return free_worker(nodes_[index(*reserved_)], nullptr);
}

std::optional<TimePoint> Cluster::has_room_at(const Node& node, const Shape& shape, TimePoint now, Nanos mean) const {
  struct End {
    TimePoint at;
    const Flight* flight;
  };
  std::vector<End> ends;
  bool has_open = false;
  for (const Rank rank : node.workers) {
    has_open = has_open || takes_tasks(get(rank));
    get(rank).flights.for_each([&](const Flight& flight) {
      const Nanos expected = flight.expected > Nanos::zero() ? flight.expected : mean;
      ends.push_back({std::max(now, flight.sent + expected), &flight});
    });
  }
  if (!has_open) return std::nullopt;
  std::sort(ends.begin(), ends.end(), [](const End& a, const End& b) { return a.at < b.at; });
  FreeRoom free = node.room.free();
  const FreeRoom needed = room_for(shape);
  const bool knows_memory = node.room.capacity().memory > 0;
  TimePoint at = now;
  for (const End& end : ends) {
    if (free.holds(needed)) return at;
    at = end.at;
    free.places += end.flight->load;
    if (!end.flight->grant) continue;
    free.cpus += static_cast<std::uint32_t>(end.flight->grant->cpus.size());
    if (knows_memory) free.memory += end.flight->grant->memory;
    free.gpus += static_cast<std::uint32_t>(end.flight->grant->gpus.size());
  }
  return at;
}

}  // namespace farm
