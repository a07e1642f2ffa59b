/// Hands tasks to programs that stay: one process per slot, which gets a task per line and answers a line. Stands
/// between the worker and its shepherd; what has no resident program is passed on. The processes themselves are
/// attempts of their own to the shepherd, so that all that holds for tasks, limits and how they are ended, holds for
/// them. Knows nothing of what the lines say (resident_protocol.hpp).
///
/// A process that ends before it has answered takes its task along, with the status it ended with (1 instead of 0),
/// unless it had not even read the line and had answered others before: then another one is asked. One that answers
/// what nobody asked, or no answer at all, is ended, for nothing it says later can be trusted; so is one whose task is
/// stopped, and one that stays when its input has ended. The next task gets a new one. So does a task that needs
/// another program, directory, environment, processors, GPUs or memory than the process in its slot has. What a process
/// prints on its standard error is its task's; between two tasks it is nobody's. The shepherd does not see where one
/// task ends and the next begins: of its usage a task knows only the time.
#pragma once
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/poller.hpp"
#include "base/unique_fd.hpp"
#include "farm/options.hpp"
#include "node/resident_protocol.hpp"
#include "shepherd/launcher.hpp"

namespace farm {

class ResidentLauncher final : public Launcher, private LaunchEvents {
 public:
  struct Setup {
    ResidentProtocol protocol = ResidentProtocol::lines;
    std::uint32_t most_tasks = 0;  ///< a process gets so many and is replaced; 0: any number
  };

  /// All but `setup` stay the caller's and outlive it.
  ResidentLauncher(Launcher& below, Poller& poller, const Clock& clock, Setup setup)
      : below_(below), poller_(poller), clock_(clock), setup_(setup) {}
  ResidentLauncher(const ResidentLauncher&) = delete;
  ResidentLauncher& operator=(const ResidentLauncher&) = delete;
  ~ResidentLauncher() override;

  void launch(LaunchRequest request) override;
  void stop(LaunchKey key, const StopOrder& order) override;
  void consumed(LaunchKey key, Stream stream, std::size_t bytes) override;
  void beat() override { below_.beat(); }
  bool turn(LaunchEvents& events) override;
  TimePoint next_due() const override;
  int fd() const override { return below_.fd(); }
  bool wants_write() const override { return below_.wants_write(); }

  /// Nothing more will come: every process finds the end of its input, and has until is_idle() is no longer waited for.
  void retire();
  /// No process is left.
  bool is_idle() const { return residents_.empty(); }

 private:
  struct Job {
    LaunchKey key;
    TimePoint begun;
    Nanos wall_start{0};
    Nanos timeout{0};
    TimePoint due = end_of_time;
    std::optional<ResidentAnswer> answer{};
    TimePoint answered{};
    std::string line;                       // what was asked
    std::size_t errors = 0;                 // bytes passed on and not consumed
    bool has_streamed[2] = {false, false};  // by Stream: what comes later has to be passed on, too
    bool is_stopped = false;                // whatever comes now is no answer
    bool was_asked_before = false;          // of a process that was gone by then
  };
  struct Resident {
    std::string kind;       // what it was started with
    LaunchRequest program;  // that
    UniqueFd reader;        // kept until it ends, so that writing to one that is dead is no SIGPIPE
    UniqueFd writer;
    std::string unsent;
    bool is_watched = false;
    std::string line;  // as far as it has come
    std::optional<Job> job;
    std::uint32_t answered = 0;
    bool is_leaving = false;  // gets nothing more
    TimePoint leave_by = end_of_time;
  };
  struct Refusal {
    LaunchKey key;
    int error = 0;
    std::string line;
  };

  // of the processes, from below
  void output(LaunchKey key, Stream stream, std::string_view bytes) override;
  void ended(LaunchKey key, const Outcome& outcome, std::string_view out, std::string_view err) override;
  void signalled(int signal) override { events_->signalled(signal); }

  bool start(LaunchRequest program, const std::string& kind);
  void ask(LaunchKey self, Job job);
  void begin(Job& job) const;
  void send(LaunchKey self);
  void stop_job(LaunchKey self, Resident& resident, const StopOrder& order);
  bool has_read_nothing(const Resident& resident) const;
  void read_line(LaunchKey self, Resident& resident, std::string_view line);
  void settle_answered();
  void settle(LaunchKey self, Resident& resident);
  std::string_view pass_on(Job& job, Stream stream, std::string_view text);
  void distrust(LaunchKey self, Resident& resident, std::string problem);
  void let_go(LaunchKey self, Resident& resident);
  void close_input(Resident& resident);
  void end_overdue();

  Launcher& below_;
  Poller& poller_;
  const Clock& clock_;
  Setup setup_;
  LaunchEvents* events_ = nullptr;  // during turn()
  std::map<LaunchKey, Resident> residents_;
  std::map<std::uint32_t, LaunchKey> in_slot_;
  std::map<LaunchKey, LaunchKey> asked_;  // who has which task
  std::deque<Refusal> refused_;
  std::vector<LaunchKey> answered_;  // their tasks end when all that has arrived was looked at
  std::uint64_t started_ = 0;
};

}  // namespace farm
