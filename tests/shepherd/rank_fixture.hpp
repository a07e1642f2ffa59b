/// Runs a test's body as a rank with a real shepherd, the way farm starts: the test process forks, the child splits
/// into shepherd and rank, and the shepherd's exit status says what the rank found.
#pragma once
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "farm/error.hpp"
#include "shepherd/begin_rank.hpp"
#include "shepherd/process_tree.hpp"

namespace farm {

inline constexpr Nanos test_patience = std::chrono::seconds(30);

/// Collects what the shepherd reports; gives all output back at once unless told not to.
class Recorder final : public LaunchEvents {
 public:
  struct Task {
    std::string out;
    std::string err;
    std::size_t streamed = 0;
    bool over = false;
    Outcome outcome;
  };

  explicit Recorder(ShepherdClient& client) : client_(client) {}

  void output(LaunchKey key, Stream stream, std::string_view bytes) override {
    Task& task = tasks[key];
    EXPECT_FALSE(task.over);
    task.streamed += bytes.size();
    (stream == Stream::out ? task.out : task.err) += bytes;
    if (consuming) client_.consumed(key, stream, bytes.size());
  }

  void ended(LaunchKey key, const Outcome& outcome, std::string_view out, std::string_view err) override {
    Task& task = tasks[key];
    EXPECT_FALSE(task.over);
    task.over = true;
    task.outcome = outcome;
    task.out += out;
    task.err += err;
    ++over;
  }

  void signalled(int signal) override { signals.push_back(signal); }

  std::map<LaunchKey, Task> tasks;
  std::vector<int> signals;
  std::size_t over = 0;
  bool consuming = true;

 private:
  ShepherdClient& client_;
};

/// What a test's body works with.
class TestRank {
 public:
  explicit TestRank(ShepherdClient& shepherd) : client(shepherd), events(shepherd) {}

  /// Turns until `done` or the patience is over; false then.
  bool await(const std::function<bool()>& done, Nanos patience = test_patience) {
    const SystemClock clock;
    const TimePoint give_up = clock.now() + patience;
    while (!done()) {
      if (clock.now() > give_up) return false;
      const short wanted = static_cast<short>(POLLIN | (client.wants_write() ? POLLOUT : 0));
      pollfd ready{.fd = client.fd(), .events = wanted, .revents = 0};
      client.turn(events);
      if (done()) return true;
      ::poll(&ready, 1, 10);
    }
    return true;
  }

  LaunchKey launch(LaunchRequest request) {
    request.task = TaskId{next_task_++};
    const LaunchKey key{request.task, request.attempt};
    client.launch(std::move(request));
    return key;
  }

  LaunchKey launch(const std::string& command) {
    LaunchRequest request;
    request.command = command;
    return launch(std::move(request));
  }

  Recorder::Task await_end(LaunchKey key) {
    EXPECT_TRUE(await([&] { return events.tasks[key].over; })) << "the task does not end";
    return events.tasks[key];
  }

  Recorder::Task run(const std::string& command) { return await_end(launch(command)); }
  Recorder::Task run(LaunchRequest request) { return await_end(launch(std::move(request))); }

  ShepherdClient& client;
  Recorder events;

 private:
  std::uint64_t next_task_ = 0;
};

/// The shepherd's process, after the rank was split off it.
inline pid_t fork_rank(const std::function<int(TestRank&)>& body,
                       const std::string& shepherd_program = FARM_SHEPHERD_PROGRAM) {
  std::fflush(nullptr);
  const pid_t pid = ::fork();
  if (pid != 0) return pid;
  const std::unique_ptr<ShepherdClient> client = begin_rank(0, nullptr, shepherd_program);
  int status = 1;
  try {
    client->guard_by_kernel(false);
    TestRank rank(*client);
    status = body(rank);
    if (::testing::Test::HasFailure()) status = 1;
    client->leave(status);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "rank: %s\n", error.what());
  }
  std::fflush(nullptr);
  ::_exit(status);
}

/// Waits for the end of `pid` as long as it takes (CTest has the time limit) and returns its wait status.
inline int wait_for(pid_t pid) {
  int status = 0;
  EXPECT_EQ(::waitpid(pid, &status, 0), pid);
  return status;
}

/// The whole of it: `body` in a rank must have found nothing wrong, and no process may be left.
inline void as_rank(const std::function<void(TestRank&)>& body,
                    const std::string& shepherd_program = FARM_SHEPHERD_PROGRAM) {
  const int status = wait_for(fork_rank(
      [&](TestRank& rank) {
        body(rank);
        return 0;
      },
      shepherd_program));
  EXPECT_TRUE(WIFEXITED(status)) << "signal " << WTERMSIG(status);
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

/// A condition outside of any rank.
inline bool eventually(const std::function<bool()>& holds, Nanos patience = test_patience) {
  const SystemClock clock;
  const TimePoint give_up = clock.now() + patience;
  while (!holds()) {
    if (clock.now() > give_up) return false;
    ::usleep(1000);
  }
  return true;
}

inline bool is_alive(pid_t pid) {
  std::FILE* const file = std::fopen(("/proc/" + std::to_string(pid) + "/stat").c_str(), "r");
  if (file == nullptr) return false;
  char state = 'X';
  const int read = std::fscanf(file, "%*d (%*[^)]) %c", &state);
  std::fclose(file);
  return read == 1 && state != 'Z' && state != 'X';
}

}  // namespace farm
