#include "node/admission.hpp"

#include <gtest/gtest.h>

namespace farm {
namespace {

using namespace std::chrono_literals;

class AdmissionTest : public testing::Test {
 protected:
  Admission admission(std::optional<std::uint64_t> memory, std::optional<std::uint32_t> load) {
    return Admission({.free_memory = memory, .load = load, .look = [this] {
                        ++looks_;
                        return state_;
                      }});
  }

  NodeState state_{.free_memory_bytes = 1000, .load = 0};
  int looks_ = 0;
  TimePoint now_{1h};
};

TEST_F(AdmissionTest, WithoutRulesNothingIsLookedAt) {
  Admission rules = admission({}, {});
  EXPECT_TRUE(rules.may_start(now_));
  EXPECT_TRUE(rules.may_start(now_));
  EXPECT_FALSE(rules.must_shed(now_));
  EXPECT_EQ(looks_, 0);
}

TEST_F(AdmissionTest, OneStartALook) {
  Admission rules = admission(1000, {});
  EXPECT_TRUE(rules.may_start(now_));
  EXPECT_FALSE(rules.may_start(now_)) << "what the first takes is not seen yet";
  EXPECT_EQ(looks_, 1);
  EXPECT_LE(rules.next_look(), now_ + 20ms);
  EXPECT_TRUE(rules.may_start(rules.next_look()));
}

TEST_F(AdmissionTest, WithoutRoomItLooksAgainAfterASecond) {
  state_.free_memory_bytes = 999;
  Admission rules = admission(1000, {});
  for (int turn = 0; turn < 10; ++turn) EXPECT_FALSE(rules.may_start(now_ + turn * 90ms));
  EXPECT_EQ(looks_, 1);
  EXPECT_EQ(rules.next_look(), now_ + 1s);
  state_.free_memory_bytes = 1000;
  EXPECT_TRUE(rules.may_start(now_ + 1s));
}

TEST_F(AdmissionTest, TheLoadMustBeBelowTheLimit) {
  state_.load = 4;
  Admission rules = admission({}, 4);
  EXPECT_FALSE(rules.may_start(now_));
  state_.load = 3;
  EXPECT_TRUE(rules.may_start(now_ + 1s));
}

TEST_F(AdmissionTest, OneMustGoForEachLookThatFindsLessThanHalf) {
  state_.free_memory_bytes = 500;
  Admission rules = admission(1000, {});
  EXPECT_FALSE(rules.must_shed(now_));
  state_.free_memory_bytes = 499;
  EXPECT_FALSE(rules.must_shed(now_ + 500ms));
  EXPECT_TRUE(rules.must_shed(now_ + 1s));
  EXPECT_FALSE(rules.must_shed(now_ + 1s));
  EXPECT_FALSE(rules.may_start(now_ + 1s));
  EXPECT_TRUE(rules.must_shed(now_ + 2s));
}

}  // namespace
}  // namespace farm
