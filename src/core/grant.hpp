/// What one attempt is given of its node. Plain data.
#pragma once
#include <cstdint>
#include <vector>

namespace farm {

struct Grant {
  std::vector<std::uint32_t> cpus;  ///< places in the node's list of processors, from 0; none: it is not bound
  std::vector<std::uint32_t> gpus;  ///< places in the node's list of GPUs
  std::uint64_t memory = 0;         ///< bytes it may use; 0: no limit

  bool is_plain() const { return cpus.empty() && gpus.empty() && memory == 0; }
  friend bool operator==(const Grant&, const Grant&) = default;
};

}  // namespace farm
