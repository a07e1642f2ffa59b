#include "core/ready_queue.hpp"

#include <algorithm>

#include "base/check.hpp"

namespace farm {
namespace {

// The standard heaps have the largest in front.
constexpr auto comes_later = [](const ReadyKey& a, const ReadyKey& b) { return b < a; };

}  // namespace

void ReadyQueue::push(ShapeId shape, ReadyKey key) {
  std::vector<ReadyKey>& keys = heap(shape);
  keys.push_back(key);
  std::push_heap(keys.begin(), keys.end(), comes_later);
  ++size_;
}

ReadyKey ReadyQueue::pop(ShapeId shape) {
  std::vector<ReadyKey>& keys = heap(shape);
  FARM_CHECK(!keys.empty());
  std::pop_heap(keys.begin(), keys.end(), comes_later);
  const ReadyKey first = keys.back();
  keys.pop_back();
  --size_;
  return first;
}

std::size_t ReadyQueue::size(ShapeId shape) const {
  const auto index = static_cast<std::size_t>(shape);
  return index < heaps_.size() ? heaps_[index].size() : 0;
}

std::vector<ReadyKey>& ReadyQueue::heap(ShapeId shape) {
  const auto index = static_cast<std::size_t>(shape);
  if (index >= heaps_.size()) heaps_.resize(index + 1);
  return heaps_[index];
}

}  // namespace farm
