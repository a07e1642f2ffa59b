#include "pool/pool_master.hpp"

#include <gtest/gtest.h>

#include "farm/error.hpp"
#include "farm/pool.hpp"
#include "pool/pool_worker.hpp"
#include "store/support.hpp"
#include "support/temp_dir.hpp"
#include "wire/frame_loopback.hpp"

namespace farm {
namespace {

using namespace std::chrono_literals;

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

TEST_F(PoolMasterTest, SaysWhetherRanksAreLostWhenItSendsTheOthersHome) {
  board.cut(Rank{2});
  master.turn();
  inbox.finish();
  master.turn();
  const auto order = told();
  ASSERT_TRUE(order && std::holds_alternative<PoolShutdown>(*order));
  EXPECT_TRUE(std::get<PoolShutdown>(*order).has_lost_ranks);
}

class SetClock final : public Clock {
 public:
  TimePoint now() const override { return now_; }
  Nanos wall() const override { return Nanos::zero(); }
  void pass(Nanos time) { now_ += time; }

 private:
  TimePoint now_{};
};

TEST(PoolHeartbeat, WhoIsSilentIsGivenUpAndSentAwayIfItSpeaks) {
  SetClock clock;
  FrameLoopback board;
  PoolInbox inbox;
  PoolMaster master({.workers = {Rank{1}, Rank{2}}, .heartbeat = 9s}, inbox, board.master(), clock);
  FrameChannel& silent = board.worker(Rank{1});
  PoolWorker lively({.rank = Rank{2}, .heartbeat = HeartbeatTimes::interval(9s)}, board.worker(Rank{2}), clock);
  silent.post(master_rank, to_frame(PoolHello{.slots = 1, .functions = detail::function_table_digest()}));
  master.turn();
  EXPECT_EQ(inbox.slots(), 2U);
  EXPECT_LE(master.next_due(), clock.now() + 1s);

  for (int i = 0; i < 20; ++i) {
    clock.pass(500ms);
    lively.turn();
    master.turn();
    if (clock.now() < TimePoint{} + 8s) {
      EXPECT_EQ(inbox.slots(), 2U);
    }
  }
  EXPECT_EQ(inbox.slots(), 1U) << "of the one that beats";

  while (silent.receive()) {
  }
  silent.post(master_rank, to_frame(PoolAlive{}));
  master.turn();
  EXPECT_EQ(inbox.slots(), 1U);
  auto farewell = silent.receive();
  ASSERT_TRUE(farewell);
  const auto order = from_frame(std::move(farewell->frame));
  ASSERT_TRUE(order && std::holds_alternative<PoolShutdown>(*order));
  EXPECT_TRUE(std::get<PoolShutdown>(*order).has_lost_ranks);
}

TEST(PoolHeartbeat, BeatsTheShepherdAlsoWhileItTalks) {
  SetClock clock;
  FrameLoopback board;
  int beats = 0;
  PoolWorker worker({.rank = Rank{1}, .heartbeat = 1s, .beat = [&] { ++beats; }}, board.worker(Rank{1}), clock);
  int words = 0;
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(worker.next_due(), clock.now() + 1s);
    clock.pass(1s);
    if (i % 2 == 0) board.master().post(Rank{1}, to_frame(PoolRecall{}));
    worker.turn();
    while (board.master().receive()) ++words;
  }
  EXPECT_EQ(beats, 10);
  EXPECT_EQ(words, 1 + 5 + 5) << "a hello, five answers, and five times nothing but life";
}

int twice(int value) { return 2 * value; }

// A master whose disk is full; the test plays the worker.
class PoolDiskTest : public testing::Test {
 protected:
  // The worker is sent this call and says that its result is 42. The key of that.
  Fingerprint call(int argument) {
    detail::CallRequest request;
    request.state = std::make_shared<detail::TaskState>(inbox, inbox->next_task());
    request.function = detail::Called<twice, int>::id;
    request.arguments.packed = packed(argument);
    request.checkpoint = checkpoint;
    const Fingerprint key = checkpoint_key(request, 0);
    inbox->post(std::move(request));
    master.turn();
    PoolEnds ends;
    while (auto arrived = worker.receive()) {
      const auto message = from_frame(std::move(arrived->frame));
      if (const auto* run = std::get_if<PoolRun>(&*message)) {
        ends.values = packed(42);
        ends.heads.push_back({.piece = run->heads.at(0).piece, .end = 1, .head_bytes = ends.values.head.size()});
      }
    }
    worker.post(master_rank, to_frame(std::move(ends)));
    master.turn();
    EXPECT_FALSE(master.is_expecting());
    return key;
  }
  void SetUp() override {
    worker.post(master_rank, to_frame(PoolHello{.slots = 1, .functions = detail::function_table_digest()}));
    disk.room = 0;
    testing::internal::CaptureStderr();
  }
  void TearDown() override {
    const std::string said = testing::internal::GetCapturedStderr();
    EXPECT_NE(said.find("cannot write"), std::string::npos) << said;
    EXPECT_EQ(said.find("cannot write"), said.rfind("cannot write")) << said;
  }

  TempDir dir;
  test::FakeDisk disk;
  SetClock clock;
  FrameLoopback board;
  std::shared_ptr<PoolInbox> inbox = std::make_shared<PoolInbox>();
  std::shared_ptr<Checkpoint> checkpoint = std::make_shared<Checkpoint>(dir.path() + "/study.farm", disk);
  PoolMaster master{{.workers = {Rank{1}}}, *inbox, board.master(), clock};
  FrameChannel& worker = board.worker(Rank{1});
};

TEST_F(PoolDiskTest, WhatItHasNoRoomForIsSaidOnceAndKeptWhenThereIsRoom) {
  const Fingerprint key = call(1);
  for (int i = 0; i < 3; ++i) {
    EXPECT_FALSE(checkpoint->find(key));
    EXPECT_LE(master.next_due(), clock.now() + 1s);
    clock.pass(1s);
    master.turn();
  }
  disk.room = 1'000'000;
  clock.pass(1s);
  master.turn();
  EXPECT_TRUE(checkpoint->find(key));
  EXPECT_GT(master.next_due(), clock.now() + 1s) << "nothing is left to be written";
}

TEST_F(PoolDiskTest, AtTheEndThereIsALastTryAtOnce) {
  const Fingerprint key = call(1);
  disk.room = 1'000'000;
  master.turn();
  EXPECT_FALSE(checkpoint->find(key)) << "not at every turn";
  inbox->finish();
  master.turn();
  EXPECT_TRUE(checkpoint->find(key));
}

TEST_F(PoolDiskTest, AlsoWhereItIsLeftInTheMiddle) {
  const Fingerprint key = call(1);
  disk.room = 1'000'000;
  master.flush_at_last();
  EXPECT_TRUE(checkpoint->find(key));
}

}  // namespace
}  // namespace farm
