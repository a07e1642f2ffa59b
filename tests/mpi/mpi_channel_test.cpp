// The channel under real MPI, with one master and as many workers as there are ranks. Calls of MPI are counted by
// standing in front of them (PMPI).
#include "mpi/mpi_channel.hpp"

#include <gtest/gtest.h>
#include <mpi.h>

#include <map>

#include "mpi_world.hpp"

namespace {
unsigned long sends = 0;
}

extern "C" int MPI_Isend(const void* data, int count, MPI_Datatype type, int to, int tag, MPI_Comm comm,
                         MPI_Request* request) {
  ++sends;
  return PMPI_Isend(data, count, type, to, tag, comm, request);
}

namespace farm {
namespace {

using namespace std::chrono_literals;

class MpiChannelTest : public testing::Test {
 protected:
  bool is_master() const { return world_session().rank() == master_rank; }
  int workers() const { return world_session().ranks() - 1; }

  // The next message, waited for as the loops do.
  std::optional<Envelope> next(Nanos at_most = 20s) {
    const TimePoint deadline = clock_.now() + at_most;
    while (clock_.now() < deadline) {
      if (auto envelope = channel_.receive()) return envelope;
      poller_.wait(channel_.patience(clock_.now(), true));
    }
    return std::nullopt;
  }

  void leave() {
    channel_.flush(20s);
    MPI_Barrier(world_session().world());
  }

  SystemClock clock_;
  Poller poller_;
  MpiChannel channel_{world_session(), poller_, clock_};
};

TEST_F(MpiChannelTest, CarriesMessagesBothWaysInOrder) {
  constexpr std::uint64_t each = 500;
  if (is_master()) {
    std::map<Rank, std::uint64_t> seen;
    for (std::uint64_t i = 0; i < each * static_cast<std::uint64_t>(workers()); ++i) {
      const auto envelope = next();
      ASSERT_TRUE(envelope);
      EXPECT_EQ(std::get<Credit>(envelope->message).bytes, seen[envelope->from]++);
      channel_.post(envelope->from, envelope->message);
    }
  } else {
    for (std::uint64_t i = 0; i < each; ++i) channel_.post(master_rank, Credit{.bytes = i});
    for (std::uint64_t i = 0; i < each; ++i) {
      const auto envelope = next();
      ASSERT_TRUE(envelope);
      EXPECT_EQ(std::get<Credit>(envelope->message).bytes, i);
    }
  }
  leave();
}

TEST_F(MpiChannelTest, LargeMessagesPassInBothDirectionsAtOnce) {
  // Far beyond the eager limit: with blocking sends both sides would wait for each other.
  const std::string large(3U << 20, 'x');
  if (is_master()) {
    for (int rank = 1; rank <= workers(); ++rank) {
      for (int i = 0; i < 4; ++i) channel_.post(Rank{rank}, Notice{large});
    }
    for (int i = 0; i < 4 * workers(); ++i) {
      const auto envelope = next();
      ASSERT_TRUE(envelope);
      EXPECT_EQ(std::get<Notice>(envelope->message).line, large);
    }
  } else {
    for (int i = 0; i < 4; ++i) channel_.post(master_rank, Notice{large});
    for (int i = 0; i < 4; ++i) {
      const auto envelope = next();
      ASSERT_TRUE(envelope);
      EXPECT_EQ(std::get<Notice>(envelope->message).line, large);
    }
  }
  leave();
}

TEST_F(MpiChannelTest, OnePostIsOneSend) {
  const unsigned long before = sends;
  if (is_master()) {
    for (int i = 0; i < 10 * workers(); ++i) ASSERT_TRUE(next());
  } else {
    Results batch;
    batch.heads.resize(64);
    for (int i = 0; i < 10; ++i) channel_.post(master_rank, batch);
    EXPECT_EQ(sends - before, 10U);
  }
  leave();
}

TEST_F(MpiChannelTest, AnIdleRankSleeps) {
  leave();
  // Let the last bells die away, then count how often this rank wakes in half a second of nothing.
  next(50ms);
  const unsigned long before = poller_.waits();
  next(500ms);
  EXPECT_LT(poller_.waits() - before, 20U);
  leave();
}

TEST_F(MpiChannelTest, WhoWasGivenUpIsToldToLeaveAndNotHeard) {
  if (is_master()) {
    for (int rank = 1; rank <= workers(); ++rank) channel_.give_up(Rank{rank});
    EXPECT_EQ(channel_.has_lost_ranks(), workers() > 0);
    EXPECT_TRUE(channel_.living_workers().empty());
    MPI_Barrier(world_session().world());  // they may speak
    EXPECT_FALSE(next(500ms));
    EXPECT_TRUE(channel_.take_lost().empty());
  } else {
    MPI_Barrier(world_session().world());
    channel_.post(master_rank, Notice{"still here"});
    const auto answer = next();
    ASSERT_TRUE(answer);
    ASSERT_TRUE(std::holds_alternative<Shutdown>(answer->message));
    EXPECT_TRUE(std::get<Shutdown>(answer->message).has_lost_ranks);
  }
  leave();
}

TEST_F(MpiChannelTest, NobodyIsLostWhoLives) {
  EXPECT_TRUE(channel_.take_lost().empty());
  leave();
}

}  // namespace
}  // namespace farm
