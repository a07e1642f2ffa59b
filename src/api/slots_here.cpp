#include "api/slots_here.hpp"

#include <optional>

#include "base/machine.hpp"
#include "farm/error.hpp"

namespace farm {
namespace {

// The worker of this rank among those of its node, which share the node's slots.
struct Place {
  std::uint32_t workers = 1;
  std::uint32_t index = 0;
  std::uint32_t first_slot = 1;  // number of the first slot they share
};

// nullopt for rank 0 where it takes no share: it is not alone, or its slots were given to it.
std::optional<Place> place_here(const RunOptions& options, const Placement& placement, const MpiSession* session) {
  if (placement.rank == 0) {
    const bool alone = session == nullptr || session->ranks() == 1;
    if (alone && options.rank0_slots == 0U) {
      fail_usage("--rank0-slots 0 leaves nobody to run tasks: there is no other rank (mpirun -np 2 ... starts one)");
    }
    return alone && !options.rank0_slots ? std::optional(Place{}) : std::nullopt;
  }
  // Rank 0 is the lowest of its host.
  const int not_workers = session->is_with_master() ? 1 : 0;
  return Place{.workers = static_cast<std::uint32_t>(session->local_ranks() - not_workers),
               .index = static_cast<std::uint32_t>(session->local_rank() - not_workers),
               .first_slot = 1 + (not_workers == 1 ? options.rank0_slots.value_or(0) : 0)};
}

}  // namespace

SlotsHere slots_here(const RunOptions& options, const Placement& placement, const MpiSession* session) {
  const std::uint32_t cpus = usable_processors();
  const SlotRule& rule = options.slots;
  const std::optional<Place> place = place_here(options, placement, session);
  if (!place) {
    const SlotShare own{.slots = options.rank0_slots.value_or(0), .first = 1};
    return {.slots = own.slots, .numbers = SlotNumbers(own, own.slots, 1, 0), .share = {}};
  }
  SlotShare share = share_slots(rule, cpus, place->workers, place->index);
  share.first += place->first_slot - 1;
  return {.slots = share.slots,
          .numbers = SlotNumbers(share, all_slots(rule, cpus, place->workers), place->workers, place->index,
                                 place->first_slot),
          .share = [cpus, place = *place](const SlotRule& changed) {
            return share_slots(changed, cpus, place.workers, place.index).slots;
          }};
}

}  // namespace farm
