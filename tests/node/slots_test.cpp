#include "node/slots.hpp"

#include <gtest/gtest.h>

#include <set>

namespace farm {
namespace {

using Kind = SlotRule::Kind;

TEST(Slots, AutomaticSharesTheProcessors) {
  EXPECT_EQ(share_slots({}, 8, 1, 0), (SlotShare{8, 1}));
  EXPECT_EQ(share_slots({}, 8, 4, 3), (SlotShare{2, 7}));
  EXPECT_EQ(share_slots({}, 2, 7, 6), (SlotShare{1, 7})) << "at least one each";
}

TEST(Slots, ANumberIsPerNode) {
  EXPECT_EQ(share_slots({Kind::count, 5}, 64, 1, 0), (SlotShare{5, 1}));
  EXPECT_EQ(share_slots({Kind::count, 5}, 64, 2, 0), (SlotShare{3, 1}));
  EXPECT_EQ(share_slots({Kind::count, 5}, 64, 2, 1), (SlotShare{2, 4}));
  EXPECT_EQ(share_slots({Kind::count, 1}, 64, 3, 2).slots, 0U) << "fewer slots than workers";
}

TEST(Slots, RelativeToTheProcessors) {
  EXPECT_EQ(share_slots({Kind::percent, 50}, 8, 1, 0).slots, 4U);
  EXPECT_EQ(share_slots({Kind::percent, 1}, 8, 1, 0).slots, 1U) << "never none on a node";
  EXPECT_EQ(share_slots({Kind::more, 2}, 8, 1, 0).slots, 10U);
  EXPECT_EQ(share_slots({Kind::more, -3}, 8, 1, 0).slots, 5U);
  EXPECT_EQ(share_slots({Kind::more, -30}, 8, 1, 0).slots, 1U);
}

TEST(Slots, NumbersAreUniqueOnTheNode) {
  for (std::uint32_t workers = 1; workers < 9; ++workers) {
    std::set<std::uint32_t> numbers;
    for (std::uint32_t index = 0; index < workers; ++index) {
      const SlotShare share = share_slots({Kind::count, 13}, 4, workers, index);
      for (std::uint32_t i = 0; i < share.slots; ++i) EXPECT_TRUE(numbers.insert(share.first + i).second);
    }
    EXPECT_EQ(numbers.size(), 13U);
    EXPECT_EQ(*numbers.begin(), 1U);
    EXPECT_EQ(*numbers.rbegin(), 13U);
  }
}

TEST(Slots, NumbersStayUniqueHoweverSharesChange) {
  for (std::uint32_t workers = 1; workers < 5; ++workers) {
    std::set<std::uint32_t> numbers;
    for (std::uint32_t index = 0; index < workers; ++index) {
      const SlotRule rule{Kind::count, 3};
      const SlotShare share = share_slots(rule, 4, workers, index);
      const SlotNumbers own(share, all_slots(rule, 4, workers), workers, index);
      for (std::uint32_t place = 0; place < 9; ++place) EXPECT_TRUE(numbers.insert(own[place]).second);
      for (std::uint32_t place = 0; place < share.slots; ++place) EXPECT_EQ(own[place], share.first + place);
    }
    EXPECT_EQ(*numbers.begin(), 1U);
  }
  EXPECT_EQ(all_slots({}, 2, 7), 7U) << "as share_slots has it";
  EXPECT_EQ(all_slots({}, 8, 3), 6U);
}

}  // namespace
}  // namespace farm
