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

/// The share of worker `index` of the node's `workers`, where this job may use `cpus` processors. Earlier workers get
/// one more when it does not come out even; a share may be 0 when there are fewer slots than workers, except with the
/// automatic rule, which gives every worker at least one.
SlotShare share_slots(const SlotRule& rule, std::uint32_t cpus, std::uint32_t workers, std::uint32_t index);

/// What `--load` comes to on a node with `cpus` processors; at least 1.
std::uint32_t load_limit(const SlotRule& rule, std::uint32_t cpus);

}  // namespace farm
