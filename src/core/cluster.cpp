#include "core/cluster.hpp"

#include <algorithm>
#include <limits>

#include "base/check.hpp"

namespace farm {

// --- who is there ---------------------------------------------------------------------------------------------------

bool Cluster::add(const WorkerUp& event) {
  if (is_up(event.worker)) return false;
  if (index(event.worker) >= workers_.size()) workers_.resize(index(event.worker) + 1);
  Worker& worker = workers_[index(event.worker)];
  worker = Worker{};
  worker.is_up = true;
  worker.slots = worker.wanted_slots = std::max(1U, event.slots);
  Node& node = node_for(event, worker.node);
  if (node.workers.empty()) ++nodes_up_;
  node.workers.push_back(event.worker);
  node.slots += worker.slots;
  node.room.offer_slots(node.slots);
  ++workers_up_;
  slots_ += worker.slots;
  ++version_;
  list_node(worker.node);
  list(event.worker);
  return true;
}

Cluster::Node& Cluster::node_for(const WorkerUp& event, NodeIndex& place) {
  const NodeIndex fresh{static_cast<std::uint32_t>(nodes_.size())};
  const auto known = event.node ? node_numbers_.emplace(*event.node, fresh).first : node_numbers_.end();
  place = known == node_numbers_.end() ? fresh : known->second;
  if (place == fresh) {
    nodes_.push_back({.room = NodeRoom(event.capacity), .slots = 0, .queued = 0, .workers = {}});
  }
  return nodes_[index(place)];
}

std::vector<Flight> Cluster::remove(Rank rank) {
  std::vector<Flight> lost;
  if (!is_up(rank)) return lost;
  change(rank, [&](Worker& worker, Node& node) {
    lost = worker.flights.take_all();
    for (const Flight& flight : lost) give_back(flight, worker, node);
    worker.is_up = false;
  });
  Worker& worker = workers_[index(rank)];
  Node& node = nodes_[index(worker.node)];
  change_slots(worker, node, 0);
  std::erase(node.workers, rank);
  if (node.workers.empty()) --nodes_up_;
  --workers_up_;
  look_at_reservation();
  return lost;
}

void Cluster::set_slots(Rank rank, std::uint32_t slots) {
  workers_[index(rank)].wanted_slots = slots;
  change(rank, [](Worker&, Node&) {});
  look_at_reservation();
  ++version_;
}

void Cluster::change_slots(Worker& worker, Node& node, std::uint32_t slots) {
  node.slots = node.slots - worker.slots + slots;
  slots_ = slots_ - worker.slots + slots;
  worker.slots = slots;
  node.room.offer_slots(node.slots);
}

bool Cluster::is_up(Rank rank) const { return index(rank) < workers_.size() && get(rank).is_up; }

std::vector<Rank> Cluster::ranks() const {
  std::vector<Rank> ranks;
  for (std::size_t rank = 0; rank < workers_.size(); ++rank) {
    if (workers_[rank].is_up) ranks.push_back(Rank{static_cast<std::int32_t>(rank)});
  }
  return ranks;
}

void Cluster::set_open(Rank rank, bool is_open) {
  workers_[index(rank)].is_open = is_open;
  if (is_open) ++version_;
  list(rank);
  look_at_reservation();
}

Distance Cluster::distance(Rank a, Rank b) const {
  if (a == b) return Distance::same_worker;
  return node_of(a) == node_of(b) ? Distance::same_node : Distance::other_node;
}

std::optional<Away> Cluster::elsewhere(Rank worker, const Shape& shape, std::function<bool(Rank)> suits) const {
  Distance farthest = Distance::same_worker;
  for (const Node& node : nodes_) {
    if (!node.room.could_fit(shape)) continue;
    for (const Rank other : node.workers) {
      if (takes_tasks(get(other)) && (!suits || suits(other))) farthest = std::max(farthest, distance(worker, other));
      if (farthest == Distance::other_node) break;
    }
    if (farthest == Distance::other_node) break;
  }
  if (farthest == Distance::same_worker) return std::nullopt;
  return Away{.from = worker, .least = farthest, .suits = std::move(suits)};
}

// --- room -----------------------------------------------------------------------------------------------------------

std::optional<Rank> Cluster::emptiest() const {
  if (by_load_.empty()) return std::nullopt;
  return by_load_.begin()->second;
}

std::optional<Rank> Cluster::emptiest(const Away& away) const {
  const auto place = std::find_if(by_load_.begin(), by_load_.end(),
                                  [&](const auto& listed) { return is_allowed(listed.second, &away); });
  if (place == by_load_.end()) return std::nullopt;
  return place->second;
}

bool Cluster::is_allowed(Rank worker, const Away* away) const {
  return away == nullptr || (distance(worker, away->from) >= away->least && (!away->suits || away->suits(worker)));
}

std::optional<Rank> Cluster::fullest() const {
  if (by_load_.empty() || by_load_.rbegin()->first <= 0) return std::nullopt;
  return by_load_.rbegin()->second;
}

bool Cluster::may_queue(Rank rank) const {
  const Worker& worker = get(rank);
  const bool keeps_slots = worker.slots == worker.wanted_slots;
  return !worker.is_recalled && keeps_slots && nodes_[index(worker.node)].rule == PlainRule::queued;
}

bool Cluster::has_room(Rank worker, ShapeId id, const Shape& shape) const {
  const NodeIndex node = node_of(worker);
  if (!has_free_slot(worker) || node == reserved_) return false;
  return id == plain_shape ? nodes_[index(node)].rule != PlainRule::none : is_candidate(node, shape);
}

std::optional<Rank> Cluster::best_fit(const Shape& shape, const std::vector<NodeIndex>* only, const Away* away,
                                      std::optional<NodeIndex> kept) const {
  double best = std::numeric_limits<double>::infinity();
  std::optional<Rank> choice;
  const auto consider = [&](NodeIndex place) {
    if (place == kept || !is_candidate(place, shape)) return;
    const Node& node = nodes_[index(place)];
    const double left = node.room.left_over(shape);
    if (left >= best) return;
    const auto worker = free_worker(node, away);
    if (!worker) return;
    best = left;
    choice = worker;
  };
  if (only != nullptr) {
    for (const NodeIndex place : *only) consider(place);
  } else {
    for (std::size_t place = 0; place < nodes_.size(); ++place) consider(NodeIndex{static_cast<std::uint32_t>(place)});
  }
  return choice;
}

bool Cluster::is_candidate(NodeIndex place, const Shape& shape) const {
  const Node& node = nodes_[index(place)];
  return !node.workers.empty() && node.queued == 0 && node.room.fits(shape);
}

std::optional<Rank> Cluster::free_worker(const Node& node, const Away* away) const {
  std::optional<Rank> choice;
  std::uint32_t most = 0;
  for (const Rank rank : node.workers) {
    const Worker& worker = get(rank);
    if (!worker.is_open || !is_allowed(rank, away) || worker.flights.size() >= worker.slots) continue;
    const std::uint32_t free = worker.slots - worker.flights.size();
    if (free <= most) continue;
    most = free;
    choice = rank;
  }
  return choice;
}

bool Cluster::could_ever_fit(const Shape& shape) const {
  return std::any_of(nodes_.begin(), nodes_.end(),
                     [&](const Node& node) { return !node.workers.empty() && node.room.could_fit(shape); });
}

std::optional<Rank> Cluster::nearest(const Shape& shape) const {
  std::optional<Rank> nearest;
  double least = std::numeric_limits<double>::infinity();
  for (const Node& node : nodes_) {
    if (node.workers.empty() || node.room.shortage(shape) >= least) continue;
    least = node.room.shortage(shape);
    nearest = node.workers.front();
  }
  return nearest;
}

std::uint64_t Cluster::largest_memory(const Shape& shape) const {
  std::uint64_t most = 0;
  for (const Node& node : nodes_) {
    if (!node.workers.empty() && node.room.could_fit(shape)) most = std::max(most, node.room.capacity().memory);
  }
  return most;
}

// --- what is out ----------------------------------------------------------------------------------------------------

std::uint32_t Cluster::running_plain(const Worker& worker) {
  const std::uint32_t shaped = worker.flights.size() - worker.plain;
  return std::min(worker.plain, worker.slots - std::min(worker.slots, shaped));
}

std::uint32_t Cluster::queued(const Worker& worker) {
  return worker.flights.size() > worker.slots ? worker.flights.size() - worker.slots : 0;
}

// Every change of what is out on a worker goes through here, so that the node's counts follow.
template <class Change>
void Cluster::change(Rank rank, const Change& change) {
  Worker& worker = workers_[index(rank)];
  Node& node = nodes_[index(worker.node)];
  const std::uint32_t ran = running_plain(worker);
  const std::uint32_t waited = queued(worker);
  change(worker, node);
  const std::uint32_t slots = std::max(worker.wanted_slots, std::min(worker.slots, worker.flights.size()));
  if (slots != worker.slots && worker.is_up) change_slots(worker, node, slots);
  node.room.add_plain(static_cast<std::int32_t>(running_plain(worker)) - static_cast<std::int32_t>(ran));
  node.queued = node.queued + queued(worker) - waited;
  list(rank);
  list_node(worker.node);
}

Seat Cluster::put(Rank rank, Flight flight, const Shape& shape) {
  Seat seat{rank, 0};
  change(rank, [&](Worker& worker, Node& node) {
    flight.load = shape.load();
    if (flight.shape == plain_shape) {
      ++worker.plain;
    } else {
      flight.grant = node.room.take(shape);
    }
    seat.index = worker.flights.put(std::move(flight));
  });
  return seat;
}

Flight Cluster::take(Seat seat) {
  Flight flight;
  change(seat.worker, [&](Worker& worker, Node& node) {
    flight = worker.flights.take(seat.index);
    give_back(flight, worker, node);
  });
  return flight;
}

void Cluster::give_back(const Flight& flight, Worker& worker, Node& node) {
  if (flight.grant) {
    node.room.give_back(*flight.grant, flight.load);
  } else {
    --worker.plain;
  }
  note_freed(worker.node);
}

void Cluster::note_freed(NodeIndex place) {
  if (!std::exchange(nodes_[index(place)].is_freed, true)) freed_.push_back(place);
}

void Cluster::forget_freed() {
  for (const NodeIndex place : freed_) nodes_[index(place)].is_freed = false;
  freed_.clear();
}

void Cluster::set_recalled(Rank rank, bool recalled) {
  workers_[index(rank)].is_recalled = recalled;
  list(rank);
}

// --- lists ----------------------------------------------------------------------------------------------------------

// Plain tasks go where a processor is free, or where nothing but plain tasks is out, which then wait their turn.
Cluster::PlainRule Cluster::plain_rule(NodeIndex place) const {
  const Node& node = nodes_[index(place)];
  if (reserved_ == place) return PlainRule::none;
  if (node.room.shaped() == 0) return PlainRule::queued;
  return node.room.free_places() > 0 ? PlainRule::free_slots : PlainRule::none;
}

bool Cluster::is_listed(const Worker& worker) const {
  if (!worker.is_up || !worker.is_open || worker.slots == 0) return false;
  const PlainRule rule = nodes_[index(worker.node)].rule;
  if (rule == PlainRule::none) return false;
  const bool keeps_slots = worker.slots == worker.wanted_slots;
  return worker.flights.size() < worker.slots || (rule == PlainRule::queued && keeps_slots && !worker.is_recalled);
}

void Cluster::list(Rank rank) {
  Worker& worker = workers_[index(rank)];
  std::optional<double> load;
  if (is_listed(worker)) load = (static_cast<double>(worker.flights.size()) - worker.slots) / worker.slots;
  if (load == worker.listed) return;
  if (worker.listed && load) {
    auto entry = by_load_.extract({*worker.listed, rank});
    entry.value().first = *load;
    by_load_.insert(std::move(entry));
  } else if (worker.listed) {
    by_load_.erase({*worker.listed, rank});
  } else {
    by_load_.emplace(*load, rank);
  }
  worker.listed = load;
}

void Cluster::list_node(NodeIndex place) {
  Node& node = nodes_[index(place)];
  const PlainRule rule = plain_rule(place);
  if (std::exchange(node.rule, rule) == rule) return;
  for (const Rank rank : node.workers) list(rank);
}

void Cluster::check_invariants() const {
  std::uint32_t slots = 0;
  for (std::size_t rank = 0; rank < workers_.size(); ++rank) {
    const Worker& worker = workers_[rank];
    FARM_CHECK(worker.is_up || (worker.flights.size() == 0 && !worker.listed));
    if (!worker.is_up) continue;
    slots += worker.slots;
    FARM_CHECK(nodes_[index(worker.node)].rule == plain_rule(worker.node));
    FARM_CHECK(worker.listed.has_value() == is_listed(worker));
    if (worker.listed) FARM_CHECK(by_load_.contains({*worker.listed, Rank{static_cast<std::int32_t>(rank)}}));
  }
  FARM_CHECK(slots == slots_);
  for (const Node& node : nodes_) {
    std::uint32_t places = 0;
    std::uint32_t waiting = 0;
    for (const Rank rank : node.workers) {
      const Worker& worker = get(rank);
      places += running_plain(worker);
      waiting += queued(worker);
      worker.flights.for_each([&](const Flight& flight) { places += flight.grant ? flight.load : 0; });
    }
    FARM_CHECK(waiting == node.queued);
    FARM_CHECK(waiting == 0 || node.room.shaped() == 0);
    FARM_CHECK(node.room.shaped() == 0 || places + node.room.free_places() == node.room.places());
  }
}

}  // namespace farm
