/// What Pool's templates hand to the part that is compiled once: calls with packed arguments.
#pragma once
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <vector>

#include "farm/function.hpp"
#include "farm/packed.hpp"
#include "farm/task_state.hpp"

namespace farm {

class Checkpoint;

struct TaskOptions {
  std::int32_t priority = 0;  ///< higher ones are handed out first
  std::stop_token stop;       ///< cancels the calls when it is asked to
  /// Calls that have not ended so long after they were submitted fail as late and are cancelled; 0: never.
  std::chrono::nanoseconds within{0};
  std::uint64_t chunk = 0;  ///< of a map: so many elements go together; 0: found from how long they take
  bool may_stay = true;     ///< false: also large results come to rank 0 at once (see PoolOptions::keep_above)
};

namespace detail {

/// A value in the master's keep and on the workers that need it; gone everywhere with its last owner.
class SharedState {
 public:
  SharedState(std::shared_ptr<PoolInbox> inbox, std::uint64_t id, Packed value);
  SharedState(const SharedState&) = delete;
  SharedState& operator=(const SharedState&) = delete;
  ~SharedState();

  std::uint64_t id() const { return id_; }
  const Packed& value() const { return value_; }

 private:
  std::shared_ptr<PoolInbox> inbox_;
  std::uint64_t id_;
  Packed value_;
};

/// Arguments of which some are results that are still to come.
struct Arguments {
  struct Hole {
    std::size_t head = 0;  ///< where the value belongs, in `packed` as it is
    std::size_t body = 0;
    std::shared_ptr<TaskState> value;
    bool is_taken = true;  ///< false: only waited for
  };
  Packed packed;
  std::vector<Hole> holes;
  std::vector<std::shared_ptr<SharedState>> shared;
};

/// One call, or, when `array` is set, one for each of its elements.
struct CallRequest {
  std::shared_ptr<TaskState> state;
  /// No function: the arguments one after the other are the result, from `flat_from` on one array of bytes.
  std::optional<FunctionId> function;
  std::optional<std::size_t> flat_from;
  Arguments arguments;
  std::int32_t priority = 0;
  std::uint64_t chunk = 0;
  bool may_stay = true;
  std::chrono::nanoseconds within{0};
  std::shared_ptr<Checkpoint> checkpoint;  ///< where to look for the result first
  std::uint32_t checkpoint_version = 0;

  struct Cut {
    std::size_t head = 0;
    std::size_t body = 0;
  };
  ArrayState* array = nullptr;  ///< `state`, when it is one
  std::size_t stride = 0;       ///< bytes of an element's arguments, when all have the same and no bodies
  std::vector<Cut> ends;        ///< else where each ends
};

}  // namespace detail
}  // namespace farm
