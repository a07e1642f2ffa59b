/// The slots of this rank's own worker: its share of its node's.
#pragma once
#include <cstdint>
#include <functional>

#include "api/run.hpp"
#include "farm/options.hpp"
#include "mpi/mpi_session.hpp"
#include "node/slots.hpp"

namespace farm {

struct SlotsHere {
  std::uint32_t slots = 0;
  SlotNumbers numbers;
  std::function<std::uint32_t(const SlotRule&)> share;  ///< what they become when the node's do; empty: never
};

/// `session` is null where MPI is not used.
SlotsHere slots_here(const RunOptions& options, const Placement& placement, const MpiSession* session);

}  // namespace farm
