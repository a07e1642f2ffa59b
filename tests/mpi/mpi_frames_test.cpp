// Frames under real MPI: one master and as many workers as there are ranks.
#include "mpi/mpi_frames.hpp"

#include <gtest/gtest.h>
#include <mpi.h>

#include <numeric>

#include "mpi_world.hpp"

namespace farm {
namespace {

using namespace std::chrono_literals;

class MpiFramesTest : public testing::Test {
 protected:
  bool is_master() const { return world_session().rank() == master_rank; }
  int workers() const { return world_session().ranks() - 1; }

  // The next frame, waited for as the loops do.
  std::optional<FrameChannel::Arrived> next(Nanos at_most = 20s) {
    const TimePoint deadline = clock_.now() + at_most;
    while (clock_.now() < deadline) {
      if (auto arrived = channel_.receive()) return arrived;
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
  MpiFrames channel_{world_session(), poller_, clock_};
};

Bytes numbered(std::size_t size, unsigned first) {
  auto [bytes, place] = Bytes::make(size);
  for (std::byte& byte : place) byte = static_cast<std::byte>(first++ % 251);
  return bytes;
}

// The worker sends every frame back; the master sends many before it takes any.
TEST_F(MpiFramesTest, CarriesHeadsAndBodiesBothWaysInOrder) {
  constexpr unsigned each = 60;
  const auto size_of = [](unsigned i) { return i % 7 == 0 ? std::size_t{3} << 20 : std::size_t{i} * 700; };
  if (is_master()) {
    for (int worker = 1; worker <= workers(); ++worker) {
      for (unsigned i = 0; i < each; ++i) {
        Frame frame{std::to_string(i), {}};
        for (unsigned body = 0; body < i % 4; ++body) frame.bodies.push_back(numbered(size_of(i), i + body));
        channel_.post(Rank{worker}, std::move(frame));
      }
    }
    std::map<Rank, unsigned> seen;
    for (unsigned total = each * static_cast<unsigned>(workers()); total > 0; --total) {
      const auto arrived = next();
      ASSERT_TRUE(arrived);
      const unsigned i = seen[arrived->from]++;
      ASSERT_EQ(arrived->frame.head, std::to_string(i));
      ASSERT_EQ(arrived->frame.bodies.size(), i % 4);
      for (unsigned body = 0; body < i % 4; ++body) {
        const Bytes wanted = numbered(size_of(i), i + body);
        ASSERT_TRUE(std::ranges::equal(arrived->frame.bodies[body].view(), wanted.view()));
      }
    }
  } else {
    for (unsigned i = 0; i < each; ++i) {
      auto arrived = next();
      ASSERT_TRUE(arrived);
      channel_.post(master_rank, std::move(arrived->frame));
    }
  }
  leave();
}

TEST_F(MpiFramesTest, AFrameThatIsNotWholeHoldsUpNobodyElse) {
  if (workers() < 2) return leave();
  const Rank slow{1};
  const Rank quick{2};
  if (world_session().rank() == slow) {
    // A head, and behind it that one body of three bytes follows: the channel would send both at once.
    std::string head("slow");
    for (const std::uint64_t number : {std::uint64_t{3}, std::uint64_t{1}})
      head.append(reinterpret_cast<const char*>(&number), sizeof number);
    MPI_Send(head.data(), static_cast<int>(head.size()), MPI_BYTE, value(master_rank), 2, world_session().world());
    MPI_Barrier(world_session().world());
    ASSERT_TRUE(next());  // the other's has arrived
    MPI_Send("abc", 3, MPI_BYTE, value(master_rank), 3, world_session().world());
    channel_.post(master_rank, Frame{"last", {}});
  } else {
    MPI_Barrier(world_session().world());
    if (world_session().rank() == quick) channel_.post(master_rank, Frame{"quick", {}});
  }
  if (is_master()) {
    auto first = next();
    ASSERT_TRUE(first);
    EXPECT_EQ(first->frame.head, "quick");
    channel_.post(slow, Frame{"go on", {}});
    auto second = next();
    ASSERT_TRUE(second);
    EXPECT_EQ(second->frame.head, "slow");
    EXPECT_EQ(second->frame.bodies.at(0).view().size(), 3U);
    auto third = next();
    ASSERT_TRUE(third);
    EXPECT_EQ(third->frame.head, "last");
  }
  leave();
}

TEST_F(MpiFramesTest, WhoWasGivenUpIsToldToLeaveAndNotHeard) {
  if (is_master()) {
    for (int rank = 1; rank <= workers(); ++rank) channel_.give_up(Rank{rank}, Frame{"leave", {}});
    EXPECT_EQ(channel_.has_lost_ranks(), workers() > 0);
    EXPECT_TRUE(channel_.living_workers().empty());
    MPI_Barrier(world_session().world());  // they may speak
    EXPECT_FALSE(next(500ms));
    EXPECT_TRUE(channel_.take_lost().empty());
  } else {
    MPI_Barrier(world_session().world());
    channel_.post(master_rank, Frame{"still here", {}});
    channel_.post(master_rank, Frame{"really", {}});
    const auto answer = next();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->frame.head, "leave");
  }
  leave();
}

TEST_F(MpiFramesTest, SleepsWhileNothingComes) {
  if (is_master() || workers() == 0) return leave();
  const unsigned long before = poller_.waits();
  EXPECT_FALSE(next(300ms));
  EXPECT_LT(poller_.waits() - before, 350U);
  leave();
}

// Every worker sends something large to every other one.
TEST_F(MpiFramesTest, WorkersSendToEachOther) {
  if (is_master()) {
    for (int left = workers(); left > 0; --left) ASSERT_TRUE(next());
  } else {
    const int own = value(world_session().rank());
    for (int other = 1; other <= workers(); ++other) {
      if (other == own) continue;
      channel_.post(Rank{other}, {"from " + std::to_string(own), {numbered(std::size_t{3} << 20, unsigned(own))}});
      channel_.expect(Rank{other});
    }
    for (int left = workers() - 1; left > 0; --left) {
      const auto arrived = next();
      ASSERT_TRUE(arrived);
      const auto from = value(arrived->from);
      EXPECT_EQ(arrived->frame.head, "from " + std::to_string(from));
      ASSERT_EQ(arrived->frame.bodies.size(), 1U);
      EXPECT_TRUE(
          std::ranges::equal(arrived->frame.bodies[0].view(), numbered(std::size_t{3} << 20, unsigned(from)).view()));
    }
    EXPECT_TRUE(channel_.flush(20s));
    EXPECT_FALSE(channel_.receive());
    EXPECT_GT(channel_.patience(clock_.now() + 1h, true), 100ms) << "whoever sends now rings";
    channel_.post(master_rank, {"done", {}});
  }
  leave();
}

}  // namespace
}  // namespace farm
