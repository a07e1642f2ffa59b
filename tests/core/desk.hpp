/// A scheduler for tests: its invariants are checked after every event, and it remembers what it sent where.
#pragma once
#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "core/scheduler.hpp"

namespace farm {

inline constexpr TimePoint start{};
inline constexpr Rank one{1};
inline constexpr Rank two{2};
inline constexpr Rank three{3};
inline constexpr Capacity node_of_eight{.cpus = 8, .gpus = 2, .memory = 1000};

inline NewTask task(std::uint64_t number, Needs needs = {}) {
  return {.task = TaskId{number}, .needs = std::move(needs)};
}

/// So many small tasks, among them one that needs all processors of a node_of_eight.
inline TasksRead wide_one_in_a_stream(std::uint64_t wide, std::uint64_t count) {
  TasksRead event{.tasks = {}, .end = true};
  for (std::uint64_t i = 0; i < count; ++i) event.tasks.push_back(task(i, {.cpus = i == wide ? 8U : 0U}));
  return event;
}

inline Outcome exit_with(int code, Nanos wall = std::chrono::seconds(10)) {
  Outcome outcome;
  outcome.cause = Cause::exited;
  outcome.code = code;
  outcome.usage.wall = wall;
  return outcome;
}

inline Outcome ended_by(Cause cause) {
  Outcome outcome;
  outcome.cause = cause;
  return outcome;
}

class Desk {
 public:
  explicit Desk(Scheduler::Settings settings = {}, TaskGraph graph = {})
      : scheduler_(std::move(settings), std::move(graph)) {}

  void tell(const Event& event, TimePoint now = start) {
    for (const Action& action : scheduler_.apply(event, now)) {
      if (const auto* send = std::get_if<SendTasks>(&action)) {
        auto& list = sent_[send->worker];
        list.insert(list.end(), send->keys.begin(), send->keys.end());
      }
      actions_.push_back(action);
    }
    scheduler_.check_invariants();
  }

  void read(std::uint64_t count, bool end = true, std::uint32_t tries = 1) {
    TasksRead event{.tasks = {}, .end = end};
    for (; count > 0; --count) event.tasks.push_back({.task = TaskId{read_++}, .tries = tries});
    tell(event);
  }

  std::vector<AttemptKey> take_sent(Rank worker) { return std::exchange(sent_[worker], {}); }

  template <class Kind>
  std::size_t count() const {
    std::size_t found = 0;
    for (const Action& action : actions_) found += std::holds_alternative<Kind>(action) ? 1U : 0U;
    return found;
  }

  /// The tasks in what was sent and not yet taken.
  std::vector<TaskId> take_tasks(Rank worker) {
    std::vector<TaskId> tasks;
    for (const AttemptKey key : take_sent(worker)) tasks.push_back(key.task);
    return tasks;
  }

  template <class Kind>
  std::vector<Kind> take() {
    std::vector<Kind> found;
    for (const Action& action : actions_) {
      if (const auto* wanted = std::get_if<Kind>(&action)) found.push_back(*wanted);
    }
    std::erase_if(actions_, [](const Action& action) { return std::holds_alternative<Kind>(action); });
    return found;
  }

  const Scheduler& scheduler() const { return scheduler_; }

 private:
  Scheduler scheduler_;
  std::uint64_t read_ = 0;
  std::map<Rank, std::vector<AttemptKey>> sent_;
  Actions actions_;
};

inline void end(Desk& desk, Rank worker, AttemptKey key, const Outcome& outcome = exit_with(0), TimePoint now = start) {
  desk.tell(AttemptsEnded{worker, {{key, outcome}}}, now);
}

}  // namespace farm
