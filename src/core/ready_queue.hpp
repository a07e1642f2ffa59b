/// Tasks that could start now, a heap for each shape, and the order of these heaps by their first task. Knows nothing
/// of nodes: whether a shape has room somewhere is the caller's question.
#pragma once
#include <cstdint>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "core/shape.hpp"
#include "farm/ids.hpp"

namespace farm {

/// Where a task stands in the order: the smaller the sooner.
struct ReadyKey {
  std::int32_t priority = 0;  ///< the higher the sooner
  float weight = 0;           ///< then the heavier the sooner: the longest way to the end first
  TaskId task{};              ///< then as in the manifest

  friend bool operator<(const ReadyKey& a, const ReadyKey& b) {
    if (a.priority != b.priority) return a.priority > b.priority;
    if (a.weight != b.weight) return a.weight > b.weight;
    return a.task < b.task;
  }
};

class ReadyQueue {
 public:
  using Front = std::pair<ReadyKey, ShapeId>;  ///< the first task of a shape

  void push(ShapeId shape, ReadyKey key);

  /// The first task of `shape`, which must have one.
  const ReadyKey& first(ShapeId shape) const { return heaps_[static_cast<std::size_t>(shape)].front(); }
  /// Takes it.
  ReadyKey pop(ShapeId shape);

  bool is_empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }
  std::size_t size(ShapeId shape) const;

  /// The shapes that have tasks, in the order of their first ones. push() and pop() change it.
  const std::set<Front>& fronts() const { return fronts_; }

 private:
  std::vector<ReadyKey>& heap(ShapeId shape);

  std::vector<std::vector<ReadyKey>> heaps_;  // by shape
  std::set<Front> fronts_;
  std::size_t size_ = 0;
};

}  // namespace farm
