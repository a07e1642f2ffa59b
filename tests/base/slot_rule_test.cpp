#include "base/slot_rule.hpp"

#include <gtest/gtest.h>

namespace farm {
namespace {

using Kind = SlotRule::Kind;

TEST(SlotRule, FourForms) {
  EXPECT_EQ(parse_slot_rule("8"), (SlotRule{Kind::count, 8}));
  EXPECT_EQ(parse_slot_rule("250%"), (SlotRule{Kind::percent, 250}));
  EXPECT_EQ(parse_slot_rule("+2"), (SlotRule{Kind::more, 2}));
  EXPECT_EQ(parse_slot_rule("-1"), (SlotRule{Kind::more, -1}));
  for (const char* text : {"", "x", "8x", "%", "+", "1.5", "99999999999"}) EXPECT_FALSE(parse_slot_rule(text)) << text;
}

TEST(SlotRule, OfASweepZeroIsMany) {
  EXPECT_GE(parse_sweep_slot_rule("0")->number, 100);
  EXPECT_EQ(parse_sweep_slot_rule("+0"), (SlotRule{Kind::more, 0}));
  EXPECT_FALSE(parse_sweep_slot_rule("0%"));
  EXPECT_EQ(parse_sweep_slot_rule("7"), (SlotRule{Kind::count, 7}));
}

}  // namespace
}  // namespace farm
