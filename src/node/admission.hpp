/// Whether a node has room for one more task (`--memfree`, `--load`). Pure but for the look it is given: it only says
/// when to look and what follows from what was seen.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>

#include "base/clock.hpp"
#include "base/node_state.hpp"

namespace farm {

class Admission {
 public:
  struct Setup {
    std::optional<std::uint64_t> free_memory{};  ///< bytes that must be free
    std::optional<std::uint32_t> load{};         ///< that the node must be below
    std::function<NodeState()> look{};
  };

  explicit Admission(Setup setup) : setup_(std::move(setup)) {}

  /// Whether there is anything to mind; if not, nothing is ever looked at.
  bool is_active() const { return setup_.free_memory || setup_.load; }

  /// Whether a task may start now; looks if it is time to. A yes is for one task: what that one takes is to be seen
  /// before the next may start.
  bool may_start(TimePoint now);

  /// Whether memory is so short that the youngest task must go; a yes is for one task. Looks if it is time to.
  bool must_shed(TimePoint now);

  /// When the next look is due; the one before it said no or was used up.
  TimePoint next_look() const { return next_look_; }

 private:
  void look(TimePoint now);

  Setup setup_;
  TimePoint next_look_{};
  bool has_room_ = false;
  bool is_short_ = false;
};

}  // namespace farm
