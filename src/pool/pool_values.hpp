/// The values of a pool that are more than arguments, from the master's side: broadcasts, which it has, and large
/// results, which the worker that computed them has. Sees to it that a worker has those that a call there uses: small
/// ones are sent with the call, large ones come from the nearest rank that has them.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <unordered_map>
#include <vector>

#include "core/value_places.hpp"
#include "farm/pool_requests.hpp"
#include "pool/pool_message.hpp"
#include "wire/frame.hpp"

namespace farm {

class PoolValues {
 public:
  /// The channel outlives it.
  explicit PoolValues(FrameChannel& channel);

  /// `node`: the lowest rank of its host.
  void joined(Rank rank, std::uint64_t node);
  /// What only it had is gone; what it was to give away comes from another rank, if one has it.
  void lost(Rank rank);

  /// The worker keeps a result.
  void kept(ValueId value, Rank rank);
  /// The rank has got what another worker was told to give it.
  void arrived(ValueId value, Rank rank, bool keeps);
  /// No rank has this result.
  bool is_gone(ValueId value) const { return !places_.giver(value); }
  /// A worker that keeps this result.
  std::optional<Rank> keeper(ValueId value) const { return places_.giver(value); }

  /// Lets the master have a result that a rank has: it will arrive as PoolShare.
  void fetch(ValueId value);
  void fetched(ValueId value) { fetching_.erase(value); }

  /// Whether the rank has it, or will before what is posted next.
  bool has_it(ValueId value, Rank rank) const { return places_.has_it(value, rank); }

  /// Sees to it that the rank gets all values that these arguments use. Returns those that are not there before what is
  /// posted next: they have still to arrive.
  std::vector<ValueId> bring(const detail::Arguments& arguments, Rank to);

  void forget(ValueId value);

 private:
  void copy();
  void share(ValueId value, Rank to, bool keeps);
  void give(const ValuePlaces::Copy& copy);

  FrameChannel& channel_;
  ValuePlaces places_;
  std::unordered_map<ValueId, std::weak_ptr<detail::SharedState>> broadcasts_;
  std::map<ValueId, Rank> fetching_;    // from whom
  std::map<Rank, std::set<Rank>> met_;  // who has sent to whom or got from whom, among the workers
};

}  // namespace farm
