#include "shepherd/term_sequence.hpp"

#include <gtest/gtest.h>

namespace farm {
namespace {

using std::chrono::milliseconds;

TEST(TermSequence, asks_three_times_and_then_kills) {
  const std::array expected{TermStep{SIGTERM, milliseconds(200)}, TermStep{SIGTERM, milliseconds(100)},
                            TermStep{SIGTERM, milliseconds(50)}, TermStep{SIGKILL, milliseconds(25)}};
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(term_step(i).signal, expected[i].signal);
    EXPECT_EQ(term_step(i).patience, expected[i].patience);
  }
}

TEST(TermSequence, goes_on_killing) {
  EXPECT_EQ(term_step(100).signal, SIGKILL);
  EXPECT_EQ(term_step(100).patience, milliseconds(25));
}

TEST(TermSequence, can_be_written) {
  const auto steps = parse_term_sequence("INT,1000,SIGTERM,50,9,25");
  ASSERT_TRUE(steps);
  ASSERT_EQ(steps->size(), 3U);
  EXPECT_EQ((*steps)[0].signal, SIGINT);
  EXPECT_EQ((*steps)[0].patience, milliseconds(1000));
  EXPECT_EQ((*steps)[1].signal, SIGTERM);
  EXPECT_EQ((*steps)[2].signal, SIGKILL);
}

TEST(TermSequence, ends_with_a_kill_in_any_case) {
  const auto steps = parse_term_sequence("USR1");
  ASSERT_TRUE(steps);
  ASSERT_EQ(steps->size(), 2U);
  EXPECT_EQ(steps->back().signal, SIGKILL);
}

TEST(TermSequence, refuses_the_rest) {
  for (const char* text : {"", ",", "x", "TERM,", "TERM,x", "0", "99", "TERM,-1", "TERM,200,,"}) {
    EXPECT_FALSE(parse_term_sequence(text)) << text;
  }
}

}  // namespace
}  // namespace farm
