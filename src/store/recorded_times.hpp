/// What a run directory says of how long things took: exactly, where Replay keeps no more than an order needs. For
/// whoever looks back at a run; knows nothing of manifests.
#pragma once
#include <optional>
#include <vector>

#include "base/clock.hpp"
#include "store/record.hpp"
#include "store/run_dir.hpp"

namespace farm {

struct RecordedTimes {
  std::optional<RunStarted> last;  ///< header of the last start; nothing when nothing was recorded
  std::vector<Nanos> durations;    ///< by task, of those that succeeded in the last chain of starts; 0: not known
  std::optional<Nanos> between;    ///< what a slot usually takes from the end of a task to the start of its next
};

/// Damaged lines are passed over.
RecordedTimes read_recorded_times(const RunDir& dir);

}  // namespace farm
