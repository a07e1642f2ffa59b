#include "core/ready_queue.hpp"

#include <algorithm>

#include "base/check.hpp"

namespace farm {
namespace {

// The standard heaps have the largest in front.
constexpr auto comes_later = [](const ReadyKey& a, const ReadyKey& b) { return b < a; };

}  // namespace

bool ReadyQueue::Lane::other_is_first() const {
  return !others.empty() && (in_order.empty() || others.front() < in_order.front());
}

void ReadyQueue::push(ShapeId shape, ReadyKey key) {
  Lane& keys = lane(shape);
  ++size_;
  if (keys.in_order.empty() || keys.in_order.back() < key) return keys.in_order.push_back(key);
  keys.others.push_back(key);
  std::push_heap(keys.others.begin(), keys.others.end(), comes_later);
}

const ReadyKey& ReadyQueue::first(ShapeId shape) const {
  const Lane& keys = lanes_[static_cast<std::size_t>(shape)];
  return keys.other_is_first() ? keys.others.front() : keys.in_order.front();
}

ReadyKey ReadyQueue::pop(ShapeId shape) {
  FARM_CHECK(size(shape) > 0);
  Lane& keys = lane(shape);
  --size_;
  if (!keys.other_is_first()) {
    const ReadyKey key = keys.in_order.front();
    keys.in_order.pop_front();
    return key;
  }
  std::pop_heap(keys.others.begin(), keys.others.end(), comes_later);
  const ReadyKey key = keys.others.back();
  keys.others.pop_back();
  return key;
}

std::size_t ReadyQueue::size(ShapeId shape) const {
  const auto index = static_cast<std::size_t>(shape);
  return index < lanes_.size() ? lanes_[index].in_order.size() + lanes_[index].others.size() : 0;
}

ReadyQueue::Lane& ReadyQueue::lane(ShapeId shape) {
  const auto index = static_cast<std::size_t>(shape);
  if (index >= lanes_.size()) lanes_.resize(index + 1);
  return lanes_[index];
}

}  // namespace farm
