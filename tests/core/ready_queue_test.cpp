#include "core/ready_queue.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace farm {
namespace {

TEST(ReadyQueue, OrdersByPriorityThenWeightThenPlaceInTheManifest) {
  std::vector<ReadyKey> wanted{{.priority = 2, .weight = 0, .task = TaskId{9}},
                               {.priority = 1, .weight = 5, .task = TaskId{8}},
                               {.priority = 1, .weight = 1, .task = TaskId{7}},
                               {.priority = 0, .weight = 0, .task = TaskId{1}},
                               {.priority = 0, .weight = 0, .task = TaskId{2}}};
  std::vector<ReadyKey> shuffled = wanted;
  std::shuffle(shuffled.begin(), shuffled.end(), std::mt19937(3));
  ReadyQueue queue;
  for (const ReadyKey& key : shuffled) queue.push(plain_shape, key);
  for (const ReadyKey& key : wanted) EXPECT_EQ(queue.pop(plain_shape).task, key.task);
  EXPECT_TRUE(queue.is_empty());
}

TEST(ReadyQueue, EveryShapeHasAnOrderOfItsOwn) {
  std::mt19937 random(5);
  ReadyQueue queue;
  std::vector<std::vector<ReadyKey>> model(5);
  for (std::uint64_t step = 0; step < 5000; ++step) {
    const std::size_t shape = random() % model.size();
    if (random() % 2 == 0 || model[shape].empty()) {
      const ReadyKey key{.priority = static_cast<std::int32_t>(random() % 3), .weight = 0, .task = TaskId{step}};
      queue.push(ShapeId{static_cast<std::uint32_t>(shape)}, key);
      model[shape].push_back(key);
    } else {
      const auto first = std::min_element(model[shape].begin(), model[shape].end());
      EXPECT_EQ(queue.pop(ShapeId{static_cast<std::uint32_t>(shape)}).task, first->task);
      model[shape].erase(first);
    }
    for (std::uint32_t i = 0; i < model.size(); ++i) {
      ASSERT_EQ(queue.size(ShapeId{i}), model[i].size());
      if (model[i].empty()) continue;
      ASSERT_EQ(queue.first(ShapeId{i}).task, std::min_element(model[i].begin(), model[i].end())->task);
    }
  }
}

}  // namespace
}  // namespace farm
