/// What one node has and what of it is given away: processors, memory, GPUs. Knows nothing of who has it.
#pragma once
#include <algorithm>
#include <cstdint>
#include <memory>
#include <vector>

#include "core/event.hpp"
#include "core/grant.hpp"
#include "core/shape.hpp"

namespace farm {

/// What is not given away.
struct FreeRoom {
  std::uint32_t places = 0;  ///< for a task each, or for each processor one asks for
  std::uint32_t cpus = 0;    ///< nobody is bound to them; the most there can be where they are not known
  std::uint32_t gpus = 0;
  std::uint64_t memory = 0;  ///< bytes; the most there can be where it is not known

  bool holds(const FreeRoom& needed) const {
    return needed.places <= places && needed.cpus <= cpus && needed.gpus <= gpus && needed.memory <= memory;
  }
};

inline FreeRoom smaller_of_each(const FreeRoom& a, const FreeRoom& b) {
  return {.places = std::min(a.places, b.places),
          .cpus = std::min(a.cpus, b.cpus),
          .gpus = std::min(a.gpus, b.gpus),
          .memory = std::min(a.memory, b.memory)};
}

inline FreeRoom room_for(const Shape& shape) {
  return {.places = shape.load(), .cpus = shape.cpus, .gpus = shape.gpus, .memory = shape.memory};
}

class NodeRoom {
 public:
  explicit NodeRoom(const Capacity& capacity);

  /// Its workers have so many slots together, and had no fewer before some of them left. Where slots outnumber the
  /// processors, tasks that ask for none share them; those that ask get theirs all the same, and no more than there
  /// are.
  void offer_slots(std::uint32_t slots) { slots_ = std::max(slots_, slots); }

  const Capacity& capacity() const { return capacity_; }
  std::uint32_t places() const { return std::max(capacity_.cpus, slots_); }
  std::uint32_t free_places() const;
  FreeRoom free() const;
  bool fits(const Shape& shape) const { return free().holds(room_for(shape)); }
  /// Whether it would, were nothing given away.
  bool could_fit(const Shape& shape) const;
  /// How many times what it has the shape needs, of what it has too little of most; up to 1 when it could fit.
  double shortage(const Shape& shape) const;
  /// How much of its kinds of room would be left, weighed by how much there is: the less, the better the fit.
  double left_over(const Shape& shape) const;

  /// One plain task more, or fewer, runs.
  void add_plain(std::int32_t change) {
    plain_ = static_cast<std::uint32_t>(static_cast<std::int32_t>(plain_) + change);
  }
  /// Only what fits().
  std::unique_ptr<Grant> take(const Shape& shape);
  void give_back(const Grant& grant, std::uint32_t places);

  /// Tasks that are not plain.
  std::uint32_t shaped() const { return shaped_; }

 private:
  Capacity capacity_;
  std::uint32_t slots_ = 0;
  std::uint32_t plain_ = 0;
  std::uint32_t shaped_ = 0;
  std::uint32_t shaped_places_ = 0;
  std::uint32_t bound_cpus_ = 0;
  std::uint64_t memory_used_ = 0;
  std::vector<bool> cpu_taken_;
  std::vector<bool> gpu_taken_;
  std::uint32_t gpus_used_ = 0;
};

}  // namespace farm
