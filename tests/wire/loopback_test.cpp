#include "wire/loopback.hpp"

#include <gtest/gtest.h>

namespace farm {
namespace {

constexpr TimePoint now{};

TEST(Loopback, CarriesMessagesInOrder) {
  Loopback board;
  board.worker(Rank{1}).post(master_rank, Notice{"a"});
  board.worker(Rank{2}).post(master_rank, Notice{"b"});
  auto first = board.master().receive();
  ASSERT_TRUE(first);
  EXPECT_EQ(first->from, Rank{1});
  EXPECT_EQ(std::get<Notice>(first->message).line, "a");
  EXPECT_EQ(board.master().patience(now, true), Nanos::zero()) << "there is more";
  EXPECT_EQ(board.master().receive()->from, Rank{2});
  EXPECT_FALSE(board.master().receive());
  EXPECT_EQ(board.master().patience(now, true), Nanos::max());
}

TEST(Loopback, RankZeroHasAWorkerOfItsOwn) {
  Loopback board;
  board.master().post(master_rank, Recall{});
  EXPECT_FALSE(board.master().receive());
  EXPECT_TRUE(board.worker(master_rank).receive());
}

TEST(Loopback, ALostWorkerIsReportedAfterItsLastMessage) {
  Loopback board;
  board.worker(Rank{1}).post(master_rank, Notice{"last words"});
  board.cut(Rank{1});
  EXPECT_TRUE(board.master().take_lost().empty());
  EXPECT_TRUE(board.master().receive());
  EXPECT_EQ(board.master().take_lost(), std::vector<Rank>{Rank{1}});
  EXPECT_TRUE(board.master().take_lost().empty()) << "once";
  board.worker(Rank{1}).post(master_rank, Notice{"from the grave"});
  EXPECT_FALSE(board.master().receive());
}

TEST(JoinedChannel, KeepsLocalAndRemoteApart) {
  Loopback here;
  Loopback there;
  JoinedChannel joined(master_rank, here.master(), there.master());
  joined.post(master_rank, Recall{});
  joined.post(Rank{3}, Shutdown{});
  EXPECT_TRUE(here.worker(master_rank).receive());
  EXPECT_TRUE(there.worker(Rank{3}).receive());
  there.worker(Rank{3}).post(master_rank, Notice{"far"});
  EXPECT_EQ(joined.patience(now, true), Nanos::zero());
  EXPECT_EQ(joined.receive()->from, Rank{3});
  there.cut(Rank{3});
  EXPECT_EQ(joined.take_lost(), std::vector<Rank>{Rank{3}});
}

}  // namespace
}  // namespace farm
