#include "core/task_map.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace farm {
namespace {

TEST(TaskMap, HoldsWhatAnOrdinaryMapHolds) {
  std::mt19937 random(11);
  TaskMap<std::uint64_t> map;
  std::map<std::uint64_t, std::uint64_t> model;
  std::uint64_t next = 0;
  for (std::uint64_t step = 0; step < 20'000; ++step) {
    if (model.empty() || random() % 2 == 0) {
      next += 1 + (random() % 10 == 0 ? random() % 100 : 0);
      map.emplace(TaskId{next}, step);
      model.emplace(next, step);
    } else {
      // Mostly the old ones leave, and one in a while is left over for long.
      const auto leaving =
          std::next(model.begin(), static_cast<long>(random() % std::min<std::size_t>(model.size(), 5)));
      ASSERT_EQ(map.at(TaskId{leaving->first}), leaving->second);
      map.erase(TaskId{leaving->first});
      model.erase(leaving);
    }
    ASSERT_EQ(map.size(), model.size());
  }
  auto expected = model.begin();
  map.for_each([&](TaskId task, std::uint64_t what) {
    ASSERT_EQ(value(task), expected->first);
    ASSERT_EQ(what, expected->second);
    ++expected;
  });
  EXPECT_EQ(expected, model.end());
}

TEST(TaskMap, TheNeighbourOfOneThatHasLeftMayStillCome) {
  TaskMap<int> map;
  for (std::uint64_t task = 0; task < 100; ++task) {
    map.emplace(TaskId{task}, 1);
    map.erase(TaskId{task});
  }
  EXPECT_EQ(map.size(), 0U);
}

TEST(TaskMapDeathTest, WhatIsNotInIsNotFound) {
  TaskMap<int> map;
  map.emplace(TaskId{5}, 1);
  EXPECT_DEATH(map.at(TaskId{4}), "");
  EXPECT_DEATH(map.at(TaskId{500}), "");
}

}  // namespace
}  // namespace farm
