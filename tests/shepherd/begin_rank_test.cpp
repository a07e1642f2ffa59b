// The life of rank and shepherd: who notices whose end, and what is left then.
#include "shepherd/begin_rank.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>

#include <array>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "shepherd/rank_fixture.hpp"

namespace farm {
namespace {

using namespace std::chrono_literals;

/// Pids that a rank shows to the test.
struct Shown {
  std::atomic<pid_t> rank{0};
  std::array<std::atomic<pid_t>, 3> tasks{};
};

class RankLife : public testing::Test {
 protected:
  RankLife()
      : shown_(*new (::mmap(nullptr, sizeof(Shown), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)) Shown) {
  }
  ~RankLife() override { ::munmap(&shown_, sizeof(Shown)); }

  /// Three tasks: a plain one, one in a session of its own, and a daemon.
  void start_tasks(TestRank& rank) {
    LaunchRequest request;
    request.stream_output = true;
    request.command = "sleep 1000 & echo $!; setsid sleep 1000 & echo $!; (setsid sleep 1000 & echo $!); wait";
    const LaunchKey key = rank.launch(request);
    const auto lines = [&] { return std::ranges::count(rank.events.tasks[key].out, '\n'); };
    ASSERT_TRUE(rank.await([&] { return lines() == 3; }));
    std::istringstream pids(rank.events.tasks[key].out);
    for (auto& shown : shown_.tasks) {
      pid_t pid = 0;
      pids >> pid;
      shown = pid;
    }
    shown_.rank = ::getpid();
  }

  void await_tasks() const {
    ASSERT_TRUE(eventually([&] { return shown_.rank != 0; }));
    for (const auto& task : shown_.tasks) ASSERT_TRUE(is_alive(task));
  }

  bool any_task_alive() const {
    return std::ranges::any_of(shown_.tasks, [](const auto& task) { return is_alive(task); });
  }

  Shown& shown_;
};

int wait_for_signal(TestRank& rank) {
  rank.await([&] { return !rank.events.signals.empty(); });
  return rank.events.signals.empty() ? 0 : rank.events.signals.front();
}

TEST_F(RankLife, shepherd_exits_with_the_status_the_rank_left_with) {
  const int status = wait_for(fork_rank([](TestRank&) { return 75; }));
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 75);
}

TEST_F(RankLife, leaving_takes_running_tasks_along) {
  wait_for(fork_rank([&](TestRank& rank) {
    start_tasks(rank);
    return 0;
  }));
  EXPECT_FALSE(any_task_alive());
}

TEST_F(RankLife, a_killed_rank_takes_its_tasks_along) {
  const pid_t shepherd = fork_rank([&](TestRank& rank) {
    start_tasks(rank);
    rank.await([] { return false; });
    return 0;
  });
  await_tasks();
  ::kill(shown_.rank, SIGKILL);
  const int status = wait_for(shepherd);
  EXPECT_EQ(WEXITSTATUS(status), 128 + SIGKILL);
  EXPECT_FALSE(any_task_alive());
}

TEST_F(RankLife, a_frozen_rank_is_killed_with_its_tasks) {
  const pid_t shepherd = fork_rank([&](TestRank& rank) {
    start_tasks(rank);
    rank.client.configure({.heartbeat = 50ms});
    const SystemClock clock;
    // As long as it beats it lives.
    for (int beats = 0; beats < 40; ++beats) {
      rank.client.beat();
      const TimePoint next = clock.now() + 25ms;
      rank.await([&] { return clock.now() >= next; });
    }
    ::raise(SIGSTOP);
    return 0;
  });
  await_tasks();
  EXPECT_EQ(WEXITSTATUS(wait_for(shepherd)), 128 + SIGKILL);
  EXPECT_FALSE(any_task_alive());
}

TEST_F(RankLife, a_rank_that_finishes_may_take_its_time) {
  const int status = wait_for(fork_rank([](TestRank& rank) {
    rank.client.configure({.heartbeat = 10ms});
    rank.client.finish();
    const SystemClock clock;
    const TimePoint later = clock.now() + 300ms;
    while (clock.now() < later) ::usleep(10'000);
    return 3;
  }));
  EXPECT_EQ(WEXITSTATUS(status), 3);
}

TEST_F(RankLife, one_that_is_stopped_at_its_end_is_killed) {
  const int status = wait_for(fork_rank([](TestRank& rank) {
    rank.client.configure({.heartbeat = 20ms});
    rank.client.finish();
    ::raise(SIGSTOP);
    return 3;
  }));
  EXPECT_EQ(WEXITSTATUS(status), 128 + SIGKILL);
  const int left = wait_for(fork_rank([](TestRank& rank) {
    rank.client.configure({.heartbeat = 20ms});
    rank.client.leave(5);
    ::raise(SIGSTOP);
    return 3;
  }));
  EXPECT_EQ(WEXITSTATUS(left), 5) << "it had said what it ends with";
}

TEST_F(RankLife, a_rank_that_exits_without_leaving_gives_its_own_status) {
  const int status = wait_for(fork_rank([](TestRank&) -> int { ::_exit(9); }));
  EXPECT_EQ(WEXITSTATUS(status), 9);
}

TEST_F(RankLife, a_rank_that_dies_at_once_is_noticed) {
  const int status = wait_for(fork_rank([](TestRank&) -> int { return ::raise(SIGKILL); }, "/no/such/shepherd"));
  EXPECT_EQ(WEXITSTATUS(status), 128 + SIGKILL);
}

TEST_F(RankLife, a_killed_shepherd_is_noticed_and_its_tasks_are_killed) {
  const pid_t shepherd = fork_rank([&](TestRank& rank) {
    start_tasks(rank);
    EXPECT_THROW(rank.await([] { return false; }), Error);
    shown_.rank = any_task_alive() || testing::Test::HasFailure() ? -2 : -1;
    return 0;
  });
  await_tasks();
  ::kill(shepherd, SIGKILL);
  wait_for(shepherd);
  ASSERT_TRUE(eventually([&] { return shown_.rank < 0; }));
  EXPECT_EQ(shown_.rank, -1);
}

TEST_F(RankLife, a_guarded_rank_dies_with_its_shepherd) {
  const pid_t shepherd = fork_rank([&](TestRank& rank) {
    rank.client.guard_by_kernel(true);
    start_tasks(rank);
    while (true) ::pause();
    return 0;
  });
  await_tasks();
  ::kill(shepherd, SIGKILL);
  wait_for(shepherd);
  EXPECT_TRUE(eventually([&] { return !is_alive(shown_.rank); }));
  // Nobody is left to kill what had left the task's session.
  for (const auto& task : shown_.tasks) ::kill(task, SIGKILL);
}

TEST_F(RankLife, guarding_after_the_shepherds_death_is_an_error) {
  const pid_t shepherd = fork_rank([&](TestRank& rank) {
    const pid_t parent = rank.client.shepherd();
    shown_.rank = ::getpid();
    eventually([&] { return ::getppid() != parent; });
    EXPECT_THROW(rank.client.guard_by_kernel(true), Error);
    shown_.rank = testing::Test::HasFailure() ? -2 : -1;
    return 0;
  });
  ASSERT_TRUE(eventually([&] { return shown_.rank != 0; }));
  ::kill(shepherd, SIGKILL);
  wait_for(shepherd);
  ASSERT_TRUE(eventually([&] { return shown_.rank < 0; }));
  EXPECT_EQ(shown_.rank, -1);
}

TEST_F(RankLife, signals_are_passed_on) {
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2, SIGCONT}) {
    shown_.rank = 0;
    const pid_t shepherd = fork_rank([&](TestRank& rank) {
      rank.run("true");
      shown_.rank = ::getpid();
      return wait_for_signal(rank);
    });
    ASSERT_TRUE(eventually([&] { return shown_.rank != 0; }));
    // As terminals and launchers do: all of them get it.
    ::kill(shown_.rank, signal);
    ::kill(shepherd, signal);
    EXPECT_EQ(WEXITSTATUS(wait_for(shepherd)), signal);
  }
}

TEST_F(RankLife, the_third_interrupt_kills) {
  const pid_t shepherd = fork_rank([&](TestRank& rank) {
    start_tasks(rank);
    rank.await([&] { return rank.events.signals.size() == 2; });
    shown_.rank = -1;
    rank.await([] { return false; });
    return 0;
  });
  await_tasks();
  ::kill(shepherd, SIGINT);
  ::kill(shepherd, SIGTERM);
  ASSERT_TRUE(eventually([&] { return shown_.rank == -1; }));
  ::kill(shepherd, SIGINT);
  EXPECT_EQ(WEXITSTATUS(wait_for(shepherd)), 128 + SIGKILL);
  EXPECT_FALSE(any_task_alive());
}

TEST_F(RankLife, under_a_launcher_a_rank_that_ignores_term_is_killed) {
  ::setenv("PMIX_RANK", "1", 1);
  const pid_t shepherd = fork_rank([&](TestRank& rank) {
    start_tasks(rank);
    while (true) ::pause();
    return 0;
  });
  await_tasks();
  ::kill(shepherd, SIGTERM);
  const int status = wait_for(shepherd);
  EXPECT_EQ(WEXITSTATUS(status), 128 + SIGKILL);
  EXPECT_FALSE(any_task_alive());
  ::unsetenv("PMIX_RANK");
}

TEST_F(RankLife, ends_with_its_launcher) {
  ::setenv("PMIX_RANK", "1", 1);
  const pid_t launcher = ::fork();
  if (launcher == 0) {
    fork_rank([&](TestRank& rank) {
      start_tasks(rank);
      rank.await([&] { return !rank.events.signals.empty(); });
      shown_.rank = -rank.events.signals.at(0);
      rank.await([] { return false; });
      return 0;
    });
    while (true) ::pause();
  }
  await_tasks();
  ::kill(launcher, SIGKILL);
  wait_for(launcher);
  EXPECT_TRUE(eventually([&] { return shown_.rank == -SIGTERM; }));
  EXPECT_TRUE(eventually([&] { return !any_task_alive(); }));
  ::unsetenv("PMIX_RANK");
}

TEST_F(RankLife, a_rank_that_cannot_be_stood_in_for_is_an_error) {
  std::string place = (std::filesystem::temp_directory_path() / "farm-rank-XXXXXX").string();
  ASSERT_NE(::mkdtemp(place.data()), nullptr);
  // A rank's variables, but no launcher to answer.
  const std::string command =
      "PMIX_RANK=3 " FARM_TEST_RANK " " FARM_SHEPHERD_PROGRAM " " + place + "/started 2>" + place + "/err";
  EXPECT_NE(std::system(command.c_str()), 0);
  std::ifstream file(place + "/err");
  const std::string said{std::istreambuf_iterator<char>(file), {}};
  EXPECT_THAT(said, testing::HasSubstr("farm: worker rank 3 died (signal 9)\n"));
  std::filesystem::remove_all(place);
}

TEST_F(RankLife, mpirun_goes_on_when_a_rank_dies) {
  std::string place = (std::filesystem::temp_directory_path() / "farm-rank-XXXXXX").string();
  ASSERT_NE(::mkdtemp(place.data()), nullptr);
  const std::string command = "OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 " FARM_TEST_MPIEXEC
                              " --oversubscribe --bind-to none -q -np 3 " FARM_TEST_RANK " " FARM_SHEPHERD_PROGRAM " " +
                              place + "/started 2>" + place + "/err";
  const int status = std::system(command.c_str());
  EXPECT_EQ(WEXITSTATUS(status), 7);
  std::ifstream file(place + "/err");
  const std::string said{std::istreambuf_iterator<char>(file), {}};
  EXPECT_THAT(said, testing::HasSubstr("farm: worker rank 1 died (signal 9)"));
  EXPECT_THAT(said, testing::HasSubstr("farm: worker rank 2 died (signal 9)"));
  std::filesystem::remove_all(place);
}

}  // namespace
}  // namespace farm
