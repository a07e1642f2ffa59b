#include "mpi/doorbell.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <cstring>

namespace farm {
namespace {

using namespace std::chrono_literals;

// Runs the poller until `done`, for two seconds at most.
template <class Condition>
bool wait_for(Poller& poller, Condition done) {
  const SystemClock clock;
  const TimePoint deadline = clock.now() + 2s;
  while (clock.now() < deadline) {
    if (done()) return true;
    poller.wait(10ms);
  }
  return false;
}

class DoorbellTest : public testing::Test {
 protected:
  void connect() {
    const std::string name = master_.listen();
    ASSERT_FALSE(name.empty());
    ASSERT_TRUE(worker_->connect(name, Rank{0}, Rank{5}));
    ASSERT_TRUE(wait_for(poller_, [&] { return master_.has(Rank{5}); }));
    master_.take_rings();
  }

  Poller poller_;
  Poller worker_poller_;
  Doorbells master_{poller_};
  std::unique_ptr<Doorbells> worker_ = std::make_unique<Doorbells>(worker_poller_);
};

TEST_F(DoorbellTest, RingsBothWays) {
  connect();
  worker_->ring(Rank{0});
  EXPECT_TRUE(wait_for(poller_, [&] { return master_.take_rings() > 0; }));
  EXPECT_EQ(master_.take_rings(), 0U) << "once";
  master_.ring(Rank{5});
  EXPECT_TRUE(wait_for(worker_poller_, [&] { return worker_->take_rings() > 0; }));
}

TEST_F(DoorbellTest, WhoIsRungBeforeHeIsThereHearsItWhenHeComes) {
  const std::string name = master_.listen();
  master_.ring(Rank{5});
  master_.ring(Rank{5});
  ASSERT_TRUE(worker_->connect(name, Rank{0}, Rank{5}));
  ASSERT_TRUE(wait_for(poller_, [&] { return master_.has(Rank{5}); }));
  std::size_t rings = 0;
  EXPECT_TRUE(wait_for(worker_poller_, [&] { return (rings += worker_->take_rings()) == 2; }));
}

TEST_F(DoorbellTest, ADeadRankIsNoticed) {
  connect();
  worker_.reset();
  std::vector<Rank> gone;
  EXPECT_TRUE(wait_for(poller_, [&] {
    gone = master_.take_gone();
    return !gone.empty();
  }));
  EXPECT_EQ(gone, std::vector<Rank>{Rank{5}});
  EXPECT_FALSE(master_.has(Rank{5}));
  master_.ring(Rank{5});  // nobody there, no harm
}

TEST_F(DoorbellTest, ManyRingsNeverBlock) {
  connect();
  for (int i = 0; i < 1'000'000; ++i) worker_->ring(Rank{0});
  EXPECT_TRUE(wait_for(poller_, [&] { return master_.take_rings() > 0; }));
}

TEST_F(DoorbellTest, AStrangerIsNoRank) {
  const std::string name = master_.listen();
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path + 1, name.data(), name.size());
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  const UniqueFd stranger(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  ASSERT_EQ(::connect(stranger.get(), reinterpret_cast<sockaddr*>(&address), length), 0);
  ASSERT_EQ(::send(stranger.get(), "x", 1, 0), 1);
  for (int i = 0; i < 5; ++i) poller_.wait(10ms);
  EXPECT_EQ(master_.count(), 0U);
}

TEST_F(DoorbellTest, AnotherUsersProcessIsTurnedAway) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root to become somebody else";
  const std::string name = master_.listen();
  const pid_t child = ::fork();
  if (child == 0) {
    if (::setuid(65534) != 0) ::_exit(1);
    Poller poller;
    Doorbells bells(poller);
    ::_exit(bells.connect(name, Rank{0}, Rank{5}) ? 1 : 0);  // it checks us, too
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  for (int i = 0; i < 5; ++i) poller_.wait(10ms);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(master_.count(), 0U);
}

TEST_F(DoorbellTest, NobodyThereIsAnAnswer) {
  EXPECT_FALSE(worker_->connect("farm-bell-that-never-was", Rank{0}, Rank{5}));
  EXPECT_FALSE(worker_->connect("", Rank{0}, Rank{5}));
}

}  // namespace
}  // namespace farm
