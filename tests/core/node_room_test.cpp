#include "core/node_room.hpp"

#include <gtest/gtest.h>

namespace farm {
namespace {

constexpr Capacity capacity{.cpus = 8, .gpus = 2, .memory = 1000};

TEST(NodeRoom, GivesEachProcessorOnceAndNeighboursTogether) {
  NodeRoom room(capacity);
  const auto first = room.take({.cpus = 3});
  const auto second = room.take({.cpus = 3});
  EXPECT_EQ(first->cpus, (std::vector<std::uint32_t>{0, 1, 2}));
  EXPECT_EQ(second->cpus, (std::vector<std::uint32_t>{3, 4, 5}));
  EXPECT_FALSE(room.fits({.cpus = 3}));
  room.give_back(*first, 3);
  EXPECT_EQ(room.take({.cpus = 2})->cpus, (std::vector<std::uint32_t>{0, 1}));
  EXPECT_EQ(room.take({.cpus = 2})->cpus, (std::vector<std::uint32_t>{6, 7})) << "not 2 and 6";
  EXPECT_EQ(room.free_places(), 1U);
}

TEST(NodeRoom, CountsMemoryAndGpus) {
  NodeRoom room(capacity);
  const auto taken = room.take({.memory = 700, .gpus = 1});
  EXPECT_EQ(taken->memory, 700U);
  EXPECT_EQ(taken->gpus, std::vector<std::uint32_t>{0});
  EXPECT_TRUE(taken->cpus.empty()) << "asked for none: it is not bound";
  EXPECT_FALSE(room.fits({.memory = 301}));
  EXPECT_TRUE(room.fits({.memory = 300, .gpus = 1}));
  EXPECT_FALSE(room.fits({.gpus = 2}));
  EXPECT_TRUE(room.could_fit({.memory = 1000, .gpus = 2}));
  EXPECT_FALSE(room.could_fit({.memory = 1001}));
}

TEST(NodeRoom, PlainTasksTakeProcessorsToo) {
  NodeRoom room(capacity);
  room.offer_slots(8);
  room.add_plain(6);
  EXPECT_TRUE(room.fits({.cpus = 2}));
  EXPECT_FALSE(room.fits({.cpus = 3}));
  room.add_plain(-6);
  EXPECT_TRUE(room.fits({.cpus = 8}));
}

TEST(NodeRoom, MoreSlotsThanProcessorsAreForThoseWhoAskForNone) {
  NodeRoom room({.cpus = 2});
  room.offer_slots(8);
  EXPECT_FALSE(room.could_fit({.cpus = 3})) << "slots are not processors";
  room.add_plain(6);
  EXPECT_EQ(room.take({.cpus = 2})->cpus, (std::vector<std::uint32_t>{0, 1})) << "bound all the same";
  EXPECT_FALSE(room.fits({.cpus = 1}));
  room.add_plain(-6);
  EXPECT_FALSE(room.fits({.cpus = 1})) << "places are free, processors are not";
  EXPECT_TRUE(room.fits({.memory = 100}));
}

TEST(NodeRoom, UnknownProcessorsAreAsManyAsSlots) {
  NodeRoom room({});
  room.offer_slots(4);
  EXPECT_TRUE(room.fits({.cpus = 4}));
  EXPECT_FALSE(room.could_fit({.cpus = 5}));
  EXPECT_TRUE(room.take({.cpus = 4})->cpus.empty()) << "which ones, nobody can tell";
}

TEST(NodeRoom, UnknownMemoryIsNeverTooLittle) {
  NodeRoom room({.cpus = 2});
  EXPECT_TRUE(room.fits({.memory = std::uint64_t{1} << 60}));
}

TEST(NodeRoom, WhoNeedsNoGpuLeavesItAlone) {
  const NodeRoom with(capacity);
  const NodeRoom without({.cpus = 64, .gpus = 0, .memory = 100'000});
  EXPECT_GT(with.left_over({.cpus = 2}), without.left_over({.cpus = 2}));
}

}  // namespace
}  // namespace farm
