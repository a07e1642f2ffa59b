#include "core/value_places.hpp"

#include <algorithm>
#include <tuple>

namespace farm {

void ValuePlaces::joined(Rank rank, std::uint64_t node) { nodes_[rank] = node; }

void ValuePlaces::ends_giving(const Place& place) {
  if (place.state != State::gets) return;
  const auto giver = giving_.find(place.from);
  if (giver != giving_.end() && --giver->second == 0) giving_.erase(giver);
}

void ValuePlaces::has(ValueId value, Rank rank, bool gives) {
  Place& place = values_[value][rank];
  ends_giving(place);
  place.state = gives || place.state == State::gives ? State::gives : State::uses;
  stirred_.insert(value);
}

void ValuePlaces::wants(ValueId value, Rank rank) {
  if (values_[value].try_emplace(rank).second) stirred_.insert(value);
}

// From a neighbour if one has it, else from the one who has the least to do; but not from far away what a neighbour is
// about to have.
std::optional<ValuePlaces::Copy> ValuePlaces::copy_to(ValueId value, const Places& places, Rank to) const {
  const auto rank_by = [&](Rank giver) {
    const auto busy = giving_.find(giver);
    return std::tuple(!are_neighbours(giver, to), busy == giving_.end() ? 0 : busy->second, giver);
  };
  std::optional<Rank> best;
  bool is_near = false;
  for (const auto& [rank, place] : places) {
    if (place.state == State::gets && are_neighbours(rank, to)) is_near = true;
    if (place.state == State::gives && (!best || rank_by(rank) < rank_by(*best))) best = rank;
  }
  if (!best) return std::nullopt;
  const bool is_far = !are_neighbours(*best, to);
  if (is_far && is_near) return std::nullopt;
  return Copy{value, *best, to, is_far};
}

std::vector<ValuePlaces::Copy> ValuePlaces::take_copies() {
  std::vector<Copy> copies;
  for (const ValueId value : stirred_) {
    const auto found = values_.find(value);
    if (found == values_.end()) continue;
    for (auto& [rank, place] : found->second) {
      if (place.state != State::wants) continue;
      const auto copy = copy_to(value, found->second, rank);
      if (!copy) continue;
      place = {State::gets, copy->from};
      ++giving_[copy->from];
      copies.push_back(*copy);
    }
  }
  stirred_.clear();
  return copies;
}

bool ValuePlaces::has_it(ValueId value, Rank rank) const {
  const auto found = values_.find(value);
  if (found == values_.end()) return false;
  const auto place = found->second.find(rank);
  return place != found->second.end() && place->second.state >= State::uses;
}

std::optional<Rank> ValuePlaces::giver(ValueId value) const {
  const auto found = values_.find(value);
  if (found == values_.end()) return std::nullopt;
  const auto giver =
      std::ranges::find_if(found->second, [](const auto& entry) { return entry.second.state == State::gives; });
  if (giver == found->second.end()) return std::nullopt;
  return giver->first;
}

void ValuePlaces::lost(Rank rank) {
  giving_.erase(rank);
  for (auto& [value, places] : values_) {
    if (const auto place = places.extract(rank)) ends_giving(place.mapped());
    for (auto& [other, place] : places) {
      if (place.state == State::gets && place.from == rank) place = {};
    }
    stirred_.insert(value);
  }
}

std::vector<Rank> ValuePlaces::forget(ValueId value) {
  std::vector<Rank> all;
  const auto places = values_.extract(value);
  if (!places) return all;
  for (const auto& [rank, place] : places.mapped()) {
    ends_giving(place);
    if (place.state != State::wants) all.push_back(rank);
  }
  return all;
}

}  // namespace farm
