/// Which share of its node's slots a worker rank has. Pure.
#pragma once
#include <cstdint>

#include "farm/options.hpp"

namespace farm {

struct SlotShare {
  std::uint32_t slots = 0;
  std::uint32_t first = 1;  ///< number of the first one; numbers are unique on the node
  friend bool operator==(const SlotShare&, const SlotShare&) = default;
};

/// The numbers of a worker's slots when their count changes while it runs: those it began with keep theirs, and what
/// comes later is numbered behind all slots the node began with, the workers taking turns, so that no two workers ever
/// use the same one.
class SlotNumbers {
 public:
  SlotNumbers() = default;
  /// Of worker `index` of the node's `workers`, which began with `share` of `all` slots; `first` is the number of the
  /// first of all.
  SlotNumbers(const SlotShare& share, std::uint32_t all, std::uint32_t workers, std::uint32_t index,
              std::uint32_t first = 1)
      : share_(share), behind_(first + all + index), step_(workers) {}

  /// The number of its slot `place`, counted from 0.
  std::uint32_t operator[](std::uint32_t place) const {
    return place < share_.slots ? share_.first + place : behind_ + (place - share_.slots) * step_;
  }

 private:
  SlotShare share_;
  std::uint32_t behind_ = 1;
  std::uint32_t step_ = 1;
};

/// The share of worker `index` of the node's `workers`, where this job may use `cpus` processors. Earlier workers get
/// one more when it does not come out even; a share may be 0 when there are fewer slots than workers, except with the
/// automatic rule, which gives every worker at least one.
SlotShare share_slots(const SlotRule& rule, std::uint32_t cpus, std::uint32_t workers, std::uint32_t index);

/// All of a node's slots; at least 1, and with the automatic rule at least one for every worker.
std::uint32_t all_slots(const SlotRule& rule, std::uint32_t cpus, std::uint32_t workers);

/// What `--load` comes to on a node with `cpus` processors; at least 1.
std::uint32_t load_limit(const SlotRule& rule, std::uint32_t cpus);

}  // namespace farm
