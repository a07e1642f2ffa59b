#include "base/poller.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <atomic>
#include <csignal>
#include <thread>

namespace farm {
namespace {

struct Pair {
  Pair() {
    std::array<int, 2> fds{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds.data()), 0);
    left = UniqueFd(fds[0]);
    right = UniqueFd(fds[1]);
  }
  void send() const { EXPECT_EQ(::write(left.get(), "x", 1), 1); }
  void drain() const {
    std::array<char, 16> buffer{};
    EXPECT_GT(::read(right.get(), buffer.data(), buffer.size()), 0);
  }

  UniqueFd left;
  UniqueFd right;
};

TEST(Poller, WithNothingReadyRunsNothing) {
  Pair pair;
  Poller poller;
  poller.watch(pair.right.get(), Poller::readable, [](unsigned) { FAIL(); });
  EXPECT_EQ(poller.wait(Nanos::zero()), 0);
  EXPECT_EQ(poller.wait(std::chrono::microseconds(50)), 0);
  EXPECT_EQ(poller.wait(Nanos(-1)), 0);
  EXPECT_EQ(poller.waits(), 3U);
}

TEST(Poller, SleepsAtLeastItsPatience) {
  Poller poller;
  const SystemClock clock;
  const TimePoint start = clock.now();
  poller.wait(std::chrono::microseconds(300));
  EXPECT_GE(clock.now() - start, std::chrono::microseconds(300));
}

TEST(Poller, TellsReadableFromWritable) {
  Pair pair;
  Poller poller;
  unsigned seen = 0;
  poller.watch(pair.right.get(), Poller::readable | Poller::writable, [&](unsigned ready) { seen = ready; });
  EXPECT_EQ(poller.wait(Nanos::max()), 1);
  EXPECT_EQ(seen, unsigned{Poller::writable});
  pair.send();
  EXPECT_EQ(poller.wait(Nanos::max()), 1);
  EXPECT_EQ(seen, unsigned{Poller::readable} | unsigned{Poller::writable});
}

TEST(Poller, WakesForEverForWhatAnotherThreadSends) {
  Pair pair;
  Poller poller;
  poller.watch(pair.right.get(), Poller::readable, [&](unsigned) { pair.drain(); });
  std::thread sender([&] { pair.send(); });
  EXPECT_EQ(poller.wait(Nanos::max()), 1);
  sender.join();
}

TEST(Poller, AHangUpCountsAsWhatWasAskedFor) {
  Pair pair;
  Poller poller;
  unsigned seen = 0;
  poller.watch(pair.right.get(), Poller::readable, [&](unsigned ready) { seen = ready; });
  pair.left.reset();
  EXPECT_EQ(poller.wait(Nanos::max()), 1);
  EXPECT_EQ(seen, unsigned{Poller::readable});
}

TEST(Poller, ChangedInterestHoldsFromThenOn) {
  Pair pair;
  Poller poller;
  int runs = 0;
  poller.watch(pair.right.get(), Poller::readable, [&](unsigned) { ++runs; });
  pair.send();
  poller.change(pair.right.get(), 0);
  EXPECT_EQ(poller.wait(Nanos::zero()), 0);
  poller.change(pair.right.get(), Poller::readable);
  EXPECT_EQ(poller.wait(Nanos::zero()), 1);
  EXPECT_EQ(runs, 1);
}

TEST(Poller, ForgottenIsForgotten) {
  Pair pair;
  Poller poller;
  poller.watch(pair.right.get(), Poller::readable, [](unsigned) { FAIL(); });
  pair.send();
  poller.forget(pair.right.get());
  poller.forget(pair.right.get());
  EXPECT_EQ(poller.wait(Nanos::zero()), 0);
}

TEST(Poller, AHandlerMayForgetItselfAndOthers) {
  Pair first;
  Pair second;
  Poller poller;
  int runs = 0;
  const auto forget_both = [&](unsigned) {
    ++runs;
    poller.forget(first.right.get());
    poller.forget(second.right.get());
  };
  poller.watch(first.right.get(), Poller::readable, forget_both);
  poller.watch(second.right.get(), Poller::readable, forget_both);
  first.send();
  second.send();
  EXPECT_EQ(poller.wait(Nanos::max()), 1);
  EXPECT_EQ(runs, 1);
}

TEST(Poller, AHandlerMayWatchMore) {
  Pair first;
  Pair second;
  Poller poller;
  int late_runs = 0;
  poller.watch(first.right.get(), Poller::readable, [&](unsigned) {
    first.drain();
    poller.watch(second.right.get(), Poller::readable, [&](unsigned) { ++late_runs; });
  });
  first.send();
  second.send();
  EXPECT_EQ(poller.wait(Nanos::max()), 1);
  EXPECT_EQ(poller.wait(Nanos::max()), 1);
  EXPECT_EQ(late_runs, 1);
}

TEST(Poller, ARegularFileIsReadyAtEveryWait) {
  const UniqueFd file(::open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
  Poller poller;
  int runs = 0;
  poller.watch(file.get(), Poller::readable, [&](unsigned ready) {
    EXPECT_EQ(ready, unsigned{Poller::readable});
    ++runs;
  });
  EXPECT_EQ(poller.wait(Nanos::max()), 1);
  EXPECT_EQ(poller.wait(Nanos::max()), 1);
  poller.change(file.get(), 0);
  EXPECT_EQ(poller.wait(Nanos::zero()), 0);
  poller.forget(file.get());
  EXPECT_EQ(poller.wait(Nanos::zero()), 0);
  EXPECT_EQ(runs, 2);
}

TEST(Poller, RefusesWhatIsNoDescriptor) {
  Poller poller;
  EXPECT_THROW(poller.watch(-1, Poller::readable, [](unsigned) {}), std::system_error);
}

void on_signal(int) {}

TEST(Poller, ASignalCountsAsNothingReady) {
  struct sigaction action {};
  action.sa_handler = on_signal;
  struct sigaction before {};
  ASSERT_EQ(::sigaction(SIGUSR1, &action, &before), 0);
  sigset_t usr1;
  sigset_t old_mask;
  ::sigemptyset(&usr1);
  ::sigaddset(&usr1, SIGUSR1);
  ASSERT_EQ(::pthread_sigmask(SIG_UNBLOCK, &usr1, &old_mask), 0);
  Poller poller;
  // Repeated because the first may arrive before the sleep begins.
  std::atomic<bool> woke = false;
  const pthread_t sleeper = ::pthread_self();
  std::thread sender([&] {
    while (!woke) {
      ::pthread_kill(sleeper, SIGUSR1);
      std::this_thread::yield();
    }
  });
  EXPECT_EQ(poller.wait(Nanos::max()), 0);
  woke = true;
  sender.join();
  ::pthread_sigmask(SIG_SETMASK, &old_mask, nullptr);
  ::sigaction(SIGUSR1, &before, nullptr);
}

}  // namespace
}  // namespace farm
