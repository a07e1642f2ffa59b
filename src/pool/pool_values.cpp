#include "pool/pool_values.hpp"

#include "farm/task_state.hpp"

namespace farm {
namespace {

// The master as one that has values: alone it has rank 0, and so has its worker.
constexpr Rank here{-1};

// A smaller broadcast goes to every rank from here: to wait until a neighbour has passed it on would take longer.
constexpr std::size_t worth_passing_on = std::size_t{64} << 10;

}  // namespace

PoolValues::PoolValues(FrameChannel& channel) : channel_(channel) { places_.joined(here, value(master_rank)); }

void PoolValues::joined(Rank rank, std::uint64_t node) { places_.joined(rank, node); }

void PoolValues::lost(Rank rank) {
  places_.lost(rank);
  // They may be in the middle of a message to it or from it, which will never end.
  for (const Rank other : met_[rank]) {
    channel_.post(other, to_frame(PoolLost{value(rank)}));
    met_[other].erase(rank);
  }
  met_.erase(rank);
  copy();
  for (const auto& [value, from] : std::map(fetching_)) {
    if (from == rank) fetch(value);
  }
}

void PoolValues::kept(ValueId value, Rank rank) {
  places_.has(value, rank, true);
  copy();
}

void PoolValues::arrived(ValueId value, Rank rank, bool keeps) {
  if (places_.is_known(value)) {
    places_.has(value, rank, keeps);
    copy();
  } else {  // forgotten while it was on its way
    channel_.post(rank, to_frame(PoolForget{{farm::value(value)}}));
  }
}

void PoolValues::fetch(ValueId value) {
  fetching_.erase(value);
  const auto from = places_.giver(value);
  if (!from) return;
  fetching_[value] = *from;
  channel_.post(*from, to_frame(PoolGive{farm::value(value), farm::value(master_rank), 0}));
}

std::vector<ValueId> PoolValues::bring(const detail::Arguments& arguments, Rank to) {
  std::vector<ValueId> used;
  for (const auto& shared : arguments.shared) {
    const ValueId value{shared->id()};
    used.push_back(value);
    if (broadcasts_.try_emplace(value, shared).second) places_.has(value, here, true);
    if (shared->value().size() >= worth_passing_on) {
      places_.wants(value, to);
    } else if (!places_.has_it(value, to)) {
      share(value, to, false);
    }
  }
  for (const detail::Arguments::Hole& hole : arguments.holes) {
    const ValueId value = result_value(hole.value->task());
    used.push_back(value);
    places_.wants(value, to);
  }
  copy();
  std::erase_if(used, [&](ValueId value) { return places_.has_it(value, to); });
  return used;
}

void PoolValues::forget(ValueId value) {
  broadcasts_.erase(value);
  fetching_.erase(value);
  for (const Rank rank : places_.forget(value)) {
    if (rank != here) channel_.post(rank, to_frame(PoolForget{{farm::value(value)}}));
  }
}

// A copy from here is in the rank's hands before anything that is posted later, and so may be given on at once.
void PoolValues::copy() {
  while (true) {
    const auto copies = places_.take_copies();
    if (copies.empty()) return;
    for (const ValuePlaces::Copy& copy : copies) {
      if (copy.from == here) {
        share(copy.value, copy.to, copy.is_between_nodes);
      } else {
        give(copy);
      }
    }
  }
}

void PoolValues::share(ValueId value, Rank to, bool keeps) {
  const auto state = broadcasts_.at(value).lock();
  if (!state) return;  // about to be forgotten
  channel_.post(to, to_frame(PoolShare{farm::value(value), keeps, state->value(), {}}));
  places_.has(value, to, keeps);
}

void PoolValues::give(const ValuePlaces::Copy& copy) {
  const bool keeps = copy.is_between_nodes || is_result(copy.value);
  channel_.post(copy.to, to_frame(PoolExpect{value(copy.from)}));
  channel_.post(copy.from, to_frame(PoolGive{value(copy.value), value(copy.to), keeps ? 1U : 0U}));
  met_[copy.from].insert(copy.to);
  met_[copy.to].insert(copy.from);
}

}  // namespace farm
