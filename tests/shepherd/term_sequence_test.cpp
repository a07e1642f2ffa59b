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

}  // namespace
}  // namespace farm
