/// Tasks that could start now, a heap for each shape. Knows nothing of nodes: whether a shape has room somewhere is the
/// caller's question.
#pragma once
#include <cstdint>
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
  void push(ShapeId shape, ReadyKey key);

  /// The first task of `shape`, which must have one.
  const ReadyKey& first(ShapeId shape) const { return heaps_[static_cast<std::size_t>(shape)].front(); }
  /// Takes it.
  ReadyKey pop(ShapeId shape);

  bool is_empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }
  std::size_t size(ShapeId shape) const;

 private:
  std::vector<ReadyKey>& heap(ShapeId shape);

  std::vector<std::vector<ReadyKey>> heaps_;  // by shape
  std::size_t size_ = 0;
};

}  // namespace farm
