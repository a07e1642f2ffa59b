#include "node/admission.hpp"

#include <utility>

namespace farm {
namespace {

// While there is no room. Memory and load change in seconds, and a look costs about 0.1 ms.
constexpr Nanos patience = std::chrono::seconds(1);

// After a start: long enough for the new process to be among those that are counted.
constexpr Nanos start_pace = std::chrono::milliseconds(10);

}  // namespace

void Admission::look(TimePoint now) {
  if (!is_active() || now < next_look_) return;
  const NodeState state = setup_.look();
  const bool has_memory = !setup_.free_memory || state.free_memory_bytes >= *setup_.free_memory;
  has_room_ = has_memory && (!setup_.load || state.load < *setup_.load);
  is_short_ = setup_.free_memory && state.free_memory_bytes < *setup_.free_memory / 2;
  next_look_ = now + patience;
}

bool Admission::may_start(TimePoint now) {
  if (!is_active()) return true;
  look(now);
  if (!std::exchange(has_room_, false)) return false;
  next_look_ = now + start_pace;
  return true;
}

bool Admission::must_shed(TimePoint now) {
  look(now);
  return std::exchange(is_short_, false);
}

}  // namespace farm
