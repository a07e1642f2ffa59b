// What the scheduler itself can do, with workers that take no time: events a second of processor time. Prints JSON
// Lines. `scheduler_bench short` runs a tenth of each case.
#include <cstdio>
#include <cstring>
#include <ctime>
#include <deque>
#include <string>

#include "core/scheduler.hpp"

namespace farm {
namespace {

using namespace std::chrono_literals;

struct Case {
  std::string name;
  std::uint64_t tasks = 0;
  std::uint32_t shapes = 0;  // 0: plain tasks
  bool all_ready = false;    // read before the first worker comes
  bool is_batched = false;   // all that one message brought is reported in one
  Nanos duration = 1s;
};

constexpr std::uint32_t workers = 64;
constexpr std::uint32_t slots = 16;

// What tasks of this kind need: a hundred kinds differ in processors, memory or both.
Needs needs(std::uint64_t task, std::uint32_t shapes) {
  if (shapes == 0) return {};
  const auto kind = static_cast<std::uint32_t>(task * 2'654'435'761U % shapes);
  return {.cpus = 1 + kind % 8, .memory = 1 + kind / 8};
}

class Run {
 public:
  explicit Run(const Case& what) : what_(what), scheduler_({.orders_by_weight = what.all_ready}) {}

  double seconds_taken() {
    if (what_.all_ready) tell(read(what_.tasks));
    const std::clock_t begin = std::clock();  // of processor time: others may use this machine, too
    for (std::uint32_t worker = 1; worker <= workers; ++worker) {
      tell(WorkerUp{.worker = Rank{static_cast<std::int32_t>(worker)},
                    .slots = slots,
                    .node = worker,
                    .capacity = {.cpus = slots, .gpus = 0, .memory = 1000}});
    }
    tell(AllWorkersKnown{});
    while (!sent_.empty()) {
      SendTasks send = std::move(sent_.front());
      sent_.pop_front();
      now_ += 1us;
      report(send);
    }
    return static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
  }

  std::uint64_t events() const { return events_; }
  bool is_done() const { return scheduler_.is_finished() && scheduler_.counters().succeeded == what_.tasks; }

 private:
  void report(const SendTasks& send) {
    AttemptsEnded event{.worker = send.worker, .results = {}};
    Outcome outcome;
    outcome.cause = Cause::exited;
    outcome.usage.wall = what_.duration;
    for (const AttemptKey key : send.keys) {
      event.results.push_back({key, outcome});
      if (what_.is_batched) continue;
      tell(event);
      event.results.clear();
    }
    if (what_.is_batched) tell(event);
  }

  void tell(const Event& event) {
    if (const auto* ended = std::get_if<AttemptsEnded>(&event)) events_ += ended->results.size();
    std::uint64_t to_read = 0;
    for (Action& action : scheduler_.apply(event, now_)) {
      if (auto* send = std::get_if<SendTasks>(&action)) sent_.push_back(std::move(*send));
      if (const auto* more = std::get_if<ReadTasks>(&action)) to_read += more->count;
      if (const auto* take = std::get_if<TakeBack>(&action)) tell(AttemptsReturned{take->worker, {}});
    }
    if (to_read > 0 && read_ < what_.tasks) tell(read(to_read));
  }

  TasksRead read(std::uint64_t count) {
    TasksRead event;
    for (; count > 0 && read_ < what_.tasks; --count, ++read_) {
      event.tasks.push_back({.task = TaskId{read_}, .needs = needs(read_, what_.shapes)});
    }
    event.end = read_ == what_.tasks;
    return event;
  }

  Case what_;
  Scheduler scheduler_;
  TimePoint now_{};
  std::deque<SendTasks> sent_;
  std::uint64_t read_ = 0;
  std::uint64_t events_ = 0;
};

}  // namespace
}  // namespace farm

int main(int argc, char** argv) {
  using namespace farm;
  const bool is_short = argc > 1 && std::strcmp(argv[1], "short") == 0;
  const std::uint64_t scale = is_short ? 10 : 1;
  const std::vector<Case> cases{
      {.name = "plain, one result a message", .tasks = 2'000'000 / scale},
      {.name = "plain, short tasks in batches", .tasks = 2'000'000 / scale, .is_batched = true, .duration = 1ms},
      {.name = "plain, 100 k ready", .tasks = 100'000 / scale, .all_ready = true},
      {.name = "plain, 1 M ready", .tasks = 1'000'000 / scale, .all_ready = true},
      {.name = "100 shapes, 100 k ready", .tasks = 100'000 / scale, .shapes = 100, .all_ready = true},
      {.name = "100 shapes, 1 M ready", .tasks = 1'000'000 / scale, .shapes = 100, .all_ready = true},
  };
  for (const Case& one : cases) {
    if (argc > 2 && one.name.find(argv[2]) == std::string::npos) continue;
    Run run(one);
    const double took = run.seconds_taken();
    if (!run.is_done()) {
      std::fprintf(stderr, "%s: not all tasks were done\n", one.name.c_str());
      return 1;
    }
    std::printf("{\"case\":\"%s\",\"events\":%llu,\"rate\":%.0f,\"nanoseconds\":%.1f}\n", one.name.c_str(),
                static_cast<unsigned long long>(run.events()), static_cast<double>(run.events()) / took,
                1e9 * took / static_cast<double>(run.events()));
    std::fflush(stdout);
  }
}
