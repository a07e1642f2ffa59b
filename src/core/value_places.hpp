/// Which ranks have which large values, and who gives one to whom: a value crosses to a node once, and the node's other
/// ranks get it from there. Knows nothing of what values are and of how they travel.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>
#include <vector>

#include "farm/ids.hpp"

namespace farm {

enum class ValueId : std::uint64_t {};

/// The result of a task, and a value that many tasks use.
constexpr ValueId result_value(std::uint64_t task) { return ValueId{2 * task + 1}; }
constexpr ValueId broadcast_value(std::uint64_t number) { return ValueId{2 * number}; }
constexpr bool is_result(ValueId id) { return value(id) % 2 == 1; }
constexpr std::uint64_t task_of(ValueId result) { return value(result) / 2; }

class ValuePlaces {
 public:
  /// Before anything else about a rank. Nodes are told apart by any number.
  void joined(Rank rank, std::uint64_t node);

  /// The rank has the value. `gives`: it has the bytes of it, for others, and not only the use of it.
  void has(ValueId value, Rank rank, bool gives);

  /// The rank is to have it; nothing when it has it or waits for it already.
  void wants(ValueId value, Rank rank);

  struct Copy {
    ValueId value{};
    Rank from{};
    Rank to{};
    bool is_between_nodes = false;
    friend bool operator==(const Copy&, const Copy&) = default;
  };
  /// The copies to be made now, each of them once; has() says that one has arrived.
  std::vector<Copy> take_copies();

  bool is_known(ValueId value) const { return values_.contains(value); }
  bool has_it(ValueId value, Rank rank) const;
  /// Somebody who has it for others; nullopt when nobody has.
  std::optional<Rank> giver(ValueId value) const;

  /// What it had is gone, and what it was to give to others has to come from somebody else.
  void lost(Rank rank);

  /// Returns all who have it or were to get it.
  std::vector<Rank> forget(ValueId value);

 private:
  enum class State : std::uint8_t { wants, gets, uses, gives };
  struct Place {
    State state = State::wants;
    Rank from{};  // while it gets it
  };
  using Places = std::map<Rank, Place>;

  std::optional<Copy> copy_to(ValueId value, const Places& places, Rank to) const;
  void ends_giving(const Place& place);
  bool are_neighbours(Rank one, Rank other) const { return nodes_.at(one) == nodes_.at(other); }

  std::unordered_map<ValueId, Places> values_;
  std::map<Rank, std::uint64_t> nodes_;
  std::map<Rank, std::size_t> giving_;  // copies that are on their way from it
  std::set<ValueId> stirred_;           // of which a copy may be possible that was not
};

}  // namespace farm
