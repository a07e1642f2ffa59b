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
  const bool is_first = keys.empty() || key < keys.front();
  if (is_first) {
    // The node in the set is used again: a queue with one shape changes its front with every task.
    auto front = keys.empty() ? std::set<Front>::node_type{} : fronts_.extract({keys.front(), shape});
    if (front.empty()) {
      fronts_.emplace(key, shape);
    } else {
      front.value().first = key;
      fronts_.insert(std::move(front));
    }
  }
  keys.push_back(key);
  std::push_heap(keys.begin(), keys.end(), comes_later);
  ++size_;
}

ReadyKey ReadyQueue::pop(ShapeId shape) {
  std::vector<ReadyKey>& keys = heap(shape);
  FARM_CHECK(!keys.empty());
  const ReadyKey first = keys.front();
  std::pop_heap(keys.begin(), keys.end(), comes_later);
  keys.pop_back();
  --size_;
  auto front = fronts_.extract({first, shape});
  if (!keys.empty()) {
    front.value().first = keys.front();
    fronts_.insert(std::move(front));
  }
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
