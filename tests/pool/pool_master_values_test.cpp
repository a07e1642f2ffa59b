// What the master says about large values when their ranks are lost at odd moments: the test plays the workers.
#include <gtest/gtest.h>

#include "farm/pool.hpp"
#include "pool/pool_inbox.hpp"
#include "pool/pool_master.hpp"
#include "wire/frame_loopback.hpp"

namespace farm {
namespace {

using Field = std::vector<double>;

double last(const Field& values) { return values.back(); }
Field make(double value) { return Field(20'000, value); }
int wait_for(int value) { return value; }

class PoolMasterValuesTest : public testing::Test {
 protected:
  // Two workers on a node of their own.
  PoolMasterValuesTest() {
    for (const int rank : {1, 2}) {
      say(rank, PoolHello{.slots = 1, .functions = detail::function_table_digest(), .node = 1});
      take<PoolWelcome>(rank);
    }
  }

  void say(int rank, PoolMessage message) {
    board.worker(Rank{rank}).post(master_rank, to_frame(std::move(message)));
    master.turn();
  }

  // What the rank is told next must be one of these.
  template <class Message>
  Message take(int rank) {
    auto arrived = board.worker(Rank{rank}).receive();
    if (!arrived) throw std::runtime_error("rank " + std::to_string(rank) + " is told nothing");
    return std::get<Message>(*from_frame(std::move(arrived->frame)));
  }
  bool is_told_nothing(int rank) { return !board.worker(Rank{rank}).receive(); }

  static PoolEnds kept(const PieceHead& head) {
    PoolEnds ends;
    ends.heads.push_back({.piece = head.piece, .task = head.task, .end = head.end, .kind = EndHead::Kind::kept});
    return ends;
  }
  static PoolEnds done(const PieceHead& head, const Packed& result) {
    PoolEnds ends;
    ends.values = result;
    ends.heads.push_back({.piece = head.piece, .task = head.task, .end = head.end, .head_bytes = result.head.size()});
    return ends;
  }

  SystemClock clock;
  FrameLoopback board;
  std::shared_ptr<PoolInbox> inbox = std::make_shared<PoolInbox>();
  PoolMaster master{{.haste = Haste::latency, .workers = {Rank{1}, Rank{2}}}, *inbox, board.master(), clock};
  Pool pool{inbox, {}};
};

TEST_F(PoolMasterValuesTest, ABroadcastThatANeighbourWasToPassOnComesFromHereWhenItIsLost) {
  const auto shared = pool.broadcast(make(1.0));
  pool.submit<last>(shared);
  pool.submit<last>(shared);
  master.turn();
  EXPECT_TRUE(take<PoolShare>(1).keeps);
  EXPECT_EQ(take<PoolGive>(1).to, 2);
  EXPECT_EQ(take<PoolRun>(1).heads.size(), 1U);
  EXPECT_EQ(take<PoolExpect>(2).from, 1);
  EXPECT_TRUE(is_told_nothing(2)) << "its call waits for the value";
  board.cut(Rank{1});
  master.turn();
  EXPECT_EQ(take<PoolLost>(2).rank, 1);
  EXPECT_EQ(take<PoolShare>(2).id, shared.state()->id());
  EXPECT_EQ(take<PoolRun>(2).heads.size(), 1U);
}

TEST_F(PoolMasterValuesTest, WhatACancelledCallHasKeptIsForgotten) {
  auto cancelled = pool.submit<make>(1.0);
  master.turn();
  const PieceHead head = take<PoolRun>(1).heads.at(0);
  cancelled.cancel();
  master.turn();
  take<PoolCancel>(1);
  say(1, kept(head));
  EXPECT_EQ(take<PoolForget>(1).ids, std::vector<std::uint64_t>{value(result_value(head.task))});
}

TEST_F(PoolMasterValuesTest, WhatArrivesElsewhereAfterItsRankIsLostIsNotMadeAgain) {
  const auto result = pool.submit<make>(1.0);
  master.turn();
  say(1, kept(take<PoolRun>(1).heads.at(0)));
  EXPECT_TRUE(result.is_ready());
  pool.submit<wait_for>(1);
  const auto taker = pool.submit<last>(result);
  master.turn();
  take<PoolGive>(1);
  take<PoolRun>(1);
  take<PoolExpect>(2);
  board.cut(Rank{1});
  master.turn();
  take<PoolLost>(2);
  // What rank 1 was running is tried alone; the result is to be made again, and then it is there.
  const PieceHead suspect = take<PoolRun>(2).heads.at(0);
  say(2, PoolGot{value(result_value(result.task())), 1});
  say(2, done(suspect, packed(1)));
  const PoolRun run = take<PoolRun>(2);
  ASSERT_EQ(run.heads.size(), 1U);
  EXPECT_EQ(run.heads[0].task, taker.task());
  EXPECT_EQ(run.heads[0].holes, 1U);
  say(2, done(run.heads[0], packed(1.0)));
  EXPECT_EQ(taker.get(), 1.0);
  EXPECT_FALSE(master.is_expecting());
}

TEST_F(PoolMasterValuesTest, WhatIsAskedForComesFromAnotherWhoHasIt) {
  const auto result = pool.submit<make>(1.0);
  master.turn();
  say(1, kept(take<PoolRun>(1).heads.at(0)));
  pool.submit<wait_for>(1);
  pool.submit<last>(result);
  master.turn();
  take<PoolGive>(1);
  take<PoolRun>(1);
  take<PoolExpect>(2);
  say(2, PoolGot{value(result_value(result.task())), 1});
  take<PoolRun>(2);
  inbox->want(result.state());
  master.turn();
  EXPECT_EQ(take<PoolGive>(1).to, 0);
  board.cut(Rank{1});
  master.turn();
  take<PoolLost>(2);
  EXPECT_EQ(take<PoolGive>(2).to, 0);
  say(2, PoolShare{value(result_value(result.task())), false, packed(make(7.0)), {}});
  EXPECT_EQ(result.get(), make(7.0));
}

}  // namespace
}  // namespace farm
