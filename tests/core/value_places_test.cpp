#include "core/value_places.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace farm {
namespace {

using Copies = std::vector<ValuePlaces::Copy>;

constexpr ValueId it{7};

// Two ranks on each node.
class ValuePlacesTest : public testing::Test {
 protected:
  ValuePlacesTest() {
    for (int rank = 0; rank < 10; ++rank) places.joined(Rank{rank}, static_cast<std::uint64_t>(rank / 2));
  }
  ValuePlaces places;
};

TEST_F(ValuePlacesTest, ComesFromANeighbourWhoHasIt) {
  places.has(it, Rank{0}, true);
  places.has(it, Rank{3}, true);
  places.wants(it, Rank{2});
  EXPECT_EQ(places.take_copies(), (Copies{{it, Rank{3}, Rank{2}, false}}));
  EXPECT_FALSE(places.has_it(it, Rank{2}));
  places.wants(it, Rank{2});
  EXPECT_TRUE(places.take_copies().empty()) << "it is on its way";
  places.has(it, Rank{2}, false);
  EXPECT_TRUE(places.has_it(it, Rank{2}));
}

TEST_F(ValuePlacesTest, CrossesToANodeOnce) {
  places.has(it, Rank{0}, true);
  places.wants(it, Rank{2});
  places.wants(it, Rank{3});
  EXPECT_EQ(places.take_copies(), (Copies{{it, Rank{0}, Rank{2}, true}}));
  places.has(it, Rank{2}, true);
  EXPECT_EQ(places.take_copies(), (Copies{{it, Rank{2}, Rank{3}, false}}));
}

TEST_F(ValuePlacesTest, WhoOnlyUsesItGivesItToNobody) {
  places.has(it, Rank{0}, true);
  places.has(it, Rank{2}, false);
  places.wants(it, Rank{3});
  EXPECT_EQ(places.take_copies(), (Copies{{it, Rank{0}, Rank{3}, true}}));
}

TEST_F(ValuePlacesTest, TheOneWithTheLeastToGiveGives) {
  places.has(it, Rank{0}, true);
  places.has(it, Rank{2}, true);
  for (const int rank : {4, 6, 8}) places.wants(it, Rank{rank});
  const Copies copies = places.take_copies();
  EXPECT_EQ(std::ranges::count(copies, Rank{0}, &ValuePlaces::Copy::from), 2);
  EXPECT_EQ(std::ranges::count(copies, Rank{2}, &ValuePlaces::Copy::from), 1);
}

TEST_F(ValuePlacesTest, WhatALostRankWasToGiveComesFromAnother) {
  places.has(it, Rank{0}, true);
  places.has(it, Rank{2}, true);
  places.wants(it, Rank{3});
  EXPECT_EQ(places.take_copies(), (Copies{{it, Rank{2}, Rank{3}, false}}));
  places.lost(Rank{2});
  EXPECT_EQ(places.take_copies(), (Copies{{it, Rank{0}, Rank{3}, true}}));
  places.lost(Rank{0});
  EXPECT_TRUE(places.take_copies().empty());
  EXPECT_EQ(places.giver(it), std::nullopt);
  places.has(it, Rank{8}, true);
  EXPECT_EQ(places.take_copies(), (Copies{{it, Rank{8}, Rank{3}, true}}));
}

TEST_F(ValuePlacesTest, ForgetsAndSaysWhoHasIt) {
  places.has(it, Rank{0}, true);
  places.wants(it, Rank{2});
  places.wants(it, Rank{3});
  places.take_copies();
  EXPECT_EQ(places.forget(it), (std::vector<Rank>{Rank{0}, Rank{2}}));
  EXPECT_FALSE(places.is_known(it));
  EXPECT_TRUE(places.forget(it).empty());
}

// Whatever is lost and in whatever order things arrive: who wants a value that somebody has gets it, from somebody who
// has it, and a node with two who want it is crossed to once at a time.
TEST_F(ValuePlacesTest, EveryWishIsFulfilled) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    std::mt19937 random(seed);
    ValuePlaces all;
    std::set<Rank> living;
    for (int rank = 0; rank < 12; ++rank) {
      all.joined(Rank{rank}, static_cast<std::uint64_t>(rank / 3));
      living.insert(Rank{rank});
    }
    all.has(it, Rank{0}, true);  // never lost
    std::map<Rank, ValuePlaces::Copy> under_way;
    std::set<Rank> wishes;
    for (int step = 0; step < 100; ++step) {
      const Rank rank{static_cast<std::int32_t>(1 + random() % 11)};
      if (random() % 3 == 0 && living.contains(rank) && living.size() > 4) {
        all.lost(rank);
        living.erase(rank);
        wishes.erase(rank);
        std::erase_if(under_way, [&](const auto& entry) { return entry.first == rank || entry.second.from == rank; });
      } else if (living.contains(rank)) {
        all.wants(it, rank);
        wishes.insert(rank);
      }
      for (const auto& copy : all.take_copies()) {
        ASSERT_TRUE(living.contains(copy.from) && living.contains(copy.to));
        ASSERT_TRUE(all.has_it(it, copy.from)) << seed;
        ASSERT_TRUE(under_way.emplace(copy.to, copy).second) << seed;
      }
      if (!under_way.empty() && random() % 2 == 0) {
        const auto arrived = std::next(under_way.begin(), static_cast<long>(random() % under_way.size()));
        all.has(it, arrived->first, arrived->second.is_between_nodes || random() % 2 == 0);
        under_way.erase(arrived);
      }
    }
    while (!under_way.empty()) {
      all.has(it, under_way.begin()->first, true);
      under_way.erase(under_way.begin());
      for (const auto& copy : all.take_copies()) under_way.emplace(copy.to, copy);
    }
    for (const auto& copy : all.take_copies()) FAIL() << seed << value(copy.to);
    for (const Rank rank : wishes) EXPECT_TRUE(all.has_it(it, rank)) << seed;
  }
}

}  // namespace
}  // namespace farm
