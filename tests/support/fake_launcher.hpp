/// A launcher without processes: a test says how each command ends and when.
#pragma once
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "shepherd/launcher.hpp"

namespace farm {

class FakeLauncher final : public Launcher {
 public:
  struct Play {
    int code = 0;
    std::vector<std::string> chunks;  ///< passed on while it runs
    std::string out;                  ///< with the end
    std::string err;
    Nanos wall{1'000'000};
    bool runs_until_stopped = false;
  };

  /// Decides what a command does; by default it succeeds and prints nothing.
  std::function<Play(const LaunchRequest&)> script = [](const LaunchRequest&) { return Play{}; };

  void launch(LaunchRequest request) override {
    launched.push_back(request.command);
    most_running = std::max(most_running, running_.size() + 1);
    const LaunchKey key{request.task, request.attempt};
    const Play play = script(request);
    requests[key] = request;
    running_[key] = play;
    if (!play.runs_until_stopped) to_end_.push_back(key);
  }

  void stop(LaunchKey key, const StopOrder& order) override {
    stopped[key] = order;
    const auto found = running_.find(key);
    if (found == running_.end() || !found->second.runs_until_stopped) return;
    found->second.runs_until_stopped = false;
    stopped_as_[key] = order.cause;
    to_end_.push_back(key);
  }

  void consumed(LaunchKey, Stream, std::size_t bytes) override { given_back += bytes; }

  void beat() override { ++beats; }

  bool turn(LaunchEvents& events) override {
    if (to_end_.empty()) return false;
    const LaunchKey key = to_end_.front();
    to_end_.pop_front();
    const Play play = running_.at(key);
    for (const std::string& chunk : play.chunks) events.output(key, Stream::out, chunk);
    running_.erase(key);
    Outcome outcome;
    const auto stopped_as = stopped_as_.extract(key);
    outcome.cause = stopped_as ? stopped_as.mapped() : Cause::exited;
    outcome.code = play.code;
    outcome.usage.wall = play.wall;
    events.ended(key, outcome, play.out, play.err);
    return true;
  }

  int fd() const override { return -1; }
  bool wants_write() const override { return false; }

  bool is_drained() const { return running_.empty() && to_end_.empty(); }

  std::vector<std::string> launched;
  std::map<LaunchKey, LaunchRequest> requests;
  std::map<LaunchKey, StopOrder> stopped;
  std::size_t most_running = 0;
  std::size_t given_back = 0;
  int beats = 0;

 private:
  std::map<LaunchKey, Play> running_;
  std::map<LaunchKey, Cause> stopped_as_;
  std::deque<LaunchKey> to_end_;
};

}  // namespace farm
