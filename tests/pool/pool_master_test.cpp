#include "pool/pool_master.hpp"

#include <gtest/gtest.h>

#include "farm/error.hpp"
#include "wire/frame_loopback.hpp"

namespace farm {
namespace {

class PoolMasterTest : public testing::Test {
 protected:
  SystemClock clock;
  FrameLoopback board;
  PoolInbox inbox;
  PoolMaster master{{.workers = {Rank{1}, Rank{2}}}, inbox, board.master(), clock};
  FrameChannel& worker = board.worker(Rank{1});

  // The next thing the worker is told.
  std::optional<PoolMessage> told() {
    auto arrived = worker.receive();
    return arrived ? from_frame(std::move(arrived->frame)) : std::nullopt;
  }
};

TEST_F(PoolMasterTest, RefusesARankThatRunsAnotherProgram) {
  worker.post(master_rank, to_frame(PoolHello{.slots = 1, .functions = detail::function_table_digest() + 1}));
  EXPECT_THROW(master.turn(), Error);
}

TEST_F(PoolMasterTest, SendsHomeAlsoWhoHasNotSaidHelloYet) {
  inbox.finish();
  master.turn();
  EXPECT_TRUE(master.is_over());
  const auto order = told();
  ASSERT_TRUE(order);
  EXPECT_TRUE(std::holds_alternative<PoolShutdown>(*order));
}

TEST_F(PoolMasterTest, DropsWordsAboutPiecesItDoesNotKnow) {
  worker.post(master_rank, to_frame(PoolHello{.slots = 2, .functions = detail::function_table_digest()}));
  PoolEnds ends;
  ends.heads.push_back({.piece = 77, .end = 5});
  worker.post(master_rank, to_frame(std::move(ends)));
  worker.post(master_rank, to_frame(PoolReturned{{{78, 0}}}));
  master.turn();
  EXPECT_EQ(inbox.slots(), 2U);
  EXPECT_FALSE(master.is_expecting());
}

TEST_F(PoolMasterTest, DoesNotEndBeforeALostRankIsMourned) {
  PoolMaster mourner({.workers = {Rank{1}, Rank{2}}, .mourning = std::chrono::hours(1)}, inbox, board.master(), clock);
  board.cut(Rank{2});
  mourner.turn();
  inbox.finish();
  mourner.turn();
  EXPECT_FALSE(mourner.is_over());
  EXPECT_GT(mourner.next_due(), clock.now());
  EXPECT_LT(mourner.next_due(), end_of_time);
}

}  // namespace
}  // namespace farm
