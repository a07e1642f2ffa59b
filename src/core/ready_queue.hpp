/// Tasks that could start now, a queue for each shape. Knows nothing of nodes: whether a shape has room somewhere is
/// the caller's question.
#pragma once
#include <cstdint>
#include <deque>
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
  const ReadyKey& first(ShapeId shape) const;
  /// Takes it.
  ReadyKey pop(ShapeId shape);

  bool is_empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }
  std::size_t size(ShapeId shape) const;

 private:
  // Most come in order, as they stand in the manifest: these need no more than a place at the end.
  struct Lane {
    std::deque<ReadyKey> in_order;
    std::vector<ReadyKey> others;  // a heap
    bool other_is_first() const;
  };

  Lane& lane(ShapeId shape);

  std::vector<Lane> lanes_;  // by shape
  std::size_t size_ = 0;
};

}  // namespace farm
