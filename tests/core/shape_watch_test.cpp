#include "core/shape_watch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>

namespace farm {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Optional;

constexpr ShapeId wide{1};
constexpr ShapeId narrow{2};
const Shape wide_needs{.cpus = 8};
const Shape narrow_needs{.cpus = 2};

FreeRoom room(std::uint32_t cpus) { return {.places = cpus, .cpus = cpus}; }

ReadyKey at(std::uint64_t task) { return {.task = TaskId{task}}; }

TEST(ShapeWatch, TriesShapesInTheOrderOfTheirFirstTasks) {
  ShapeWatch watch;
  watch.offer(wide, at(5));
  watch.offer(narrow, at(3));
  EXPECT_THAT(watch.next({}), Optional(narrow));
  watch.offer(narrow, at(9));
  EXPECT_THAT(watch.next({}), Optional(wide));
  watch.drop(wide);
  EXPECT_THAT(watch.next({}), Optional(narrow));
  watch.drop(narrow);
  EXPECT_EQ(watch.next({}), std::nullopt);
}

TEST(ShapeWatch, WhatFoundNoRoomIsTriedOnlyWhereEnoughWasFreed) {
  ShapeWatch watch;
  watch.offer(wide, at(1));
  watch.offer(narrow, at(2));
  watch.block(wide, wide_needs, 0);
  watch.block(narrow, narrow_needs, 0);
  EXPECT_EQ(watch.next({}), std::nullopt);
  EXPECT_EQ(watch.next({room(1), room(1)}), std::nullopt);
  EXPECT_THAT(watch.next({room(1), room(2)}), Optional(narrow));
  EXPECT_THAT(watch.next({room(2), room(8)}), Optional(wide));
}

TEST(ShapeWatch, WhatWasTriedWaitsForTheNextRound) {
  ShapeWatch watch;
  watch.offer(wide, at(1));
  watch.offer(narrow, at(2));
  watch.block(narrow, narrow_needs, 0);
  watch.set_tried(wide);
  watch.set_tried(narrow);
  EXPECT_EQ(watch.next({room(9)}), std::nullopt);
  watch.begin_round();
  EXPECT_THAT(watch.next({}), Optional(wide));
}

TEST(ShapeWatch, UnblockedShapesAreTriedEverywhere) {
  ShapeWatch watch;
  watch.offer(wide, at(1));
  watch.offer(narrow, at(2));
  watch.block(wide, wide_needs, 0);
  watch.block(narrow, narrow_needs, 0);
  watch.unblock(narrow);
  EXPECT_THAT(watch.next({}), Optional(narrow));
  EXPECT_FALSE(watch.is_blocked(narrow));
  watch.unblock_all();
  EXPECT_THAT(watch.next({}), Optional(wide));
}

TEST(ShapeWatch, StarvingIsWhoWasPassedByOften) {
  ShapeWatch watch;
  watch.offer(wide, at(1));
  watch.offer(narrow, at(2));
  watch.block(wide, wide_needs, 10);
  watch.block(narrow, narrow_needs, 15);
  EXPECT_THAT(watch.starving(19, 10), IsEmpty());
  EXPECT_THAT(watch.starving(20, 10), ElementsAre(wide));
  watch.wait_anew(wide, 20);
  EXPECT_THAT(watch.starving(26, 10), ElementsAre(narrow));
  EXPECT_THAT(watch.starving(30, 10), testing::UnorderedElementsAre(wide, narrow));
  watch.drop(wide);
  EXPECT_THAT(watch.starving(40, 10), ElementsAre(narrow));
}

// Against a model that looks at everything.
TEST(ShapeWatch, AnyOrderOfChangesEndsTheSame) {
  struct Model {
    ReadyKey first;
    bool is_blocked = false;
    std::uint64_t since = 0;
  };
  std::mt19937 random(11);
  ShapeWatch watch;
  std::map<ShapeId, Model> model;
  for (std::uint64_t step = 1; step < 20'000; ++step) {
    const ShapeId id{static_cast<std::uint32_t>(random() % 12)};
    const Shape needs{.cpus = 1 + static_cast<std::uint32_t>(id)};
    const auto found = model.find(id);
    switch (random() % 5) {
      case 0:
      case 1:
        watch.offer(id, at(step % 977));
        model[id].first = at(step % 977);
        break;
      case 2:
        if (found == model.end() || found->second.is_blocked) break;
        watch.block(id, needs, step);
        found->second = {.first = found->second.first, .is_blocked = true, .since = step};
        break;
      case 3:
        watch.unblock(id);
        if (found != model.end()) found->second.is_blocked = false;
        break;
      default:
        watch.drop(id);
        model.erase(id);
    }
    const auto cpus = static_cast<std::uint32_t>(random() % 14);
    std::optional<std::pair<ReadyKey, ShapeId>> first;
    std::vector<ShapeId> starving;
    for (const auto& [shape, one] : model) {
      if (one.is_blocked && step - one.since >= 50) starving.push_back(shape);
      if (one.is_blocked && static_cast<std::uint32_t>(shape) + 1 > cpus) continue;
      if (!first || one.first < first->first) first = {one.first, shape};
    }
    const auto next = watch.next({room(cpus)});
    ASSERT_EQ(next.has_value(), first.has_value());
    if (next) {
      ASSERT_EQ(model.at(*next).first.task, first->first.task);
    }
    ASSERT_THAT(watch.starving(step, 50), testing::UnorderedElementsAreArray(starving));
  }
}

}  // namespace
}  // namespace farm
