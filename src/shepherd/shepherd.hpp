/// The process between the launcher and a rank: keeps the rank's tasks, outlives the rank, and answers for it. Knows
/// processes and signals; nothing of MPI, schedules or files.
#pragma once
#include <sys/types.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.hpp"
#include "base/poller.hpp"
#include "base/unique_fd.hpp"
#include "core/heartbeats.hpp"
#include "shepherd/launch.hpp"
#include "shepherd/process_tree.hpp"
#include "shepherd/protocol.hpp"
#include "shepherd/record_socket.hpp"
#include "shepherd/task.hpp"
#include "shepherd/term_sequence.hpp"

namespace farm {

class Shepherd {
 public:
  /// How it is with the rank when run() returns: it and all tasks are gone.
  struct Farewell {
    int status = 0;              ///< the exit status the shepherd owes
    bool owes_stand_in = false;  ///< the rank has not finalised MPI: without one the launcher ends the whole job
    bool is_finishing = false;   ///< and it did so in its MPI_Finalize
    std::string notice{};        ///< a line for the user, or empty
  };

  /// `rank` is a child of this process, at the other end of `socket`. `launched_as` is its number under an MPI
  /// launcher. SIGCHLD and all signals to pass on must be blocked.
  Shepherd(UniqueFd socket, pid_t rank, std::optional<std::int32_t> launched_as);

  /// Serves the rank until it has ended, then kills and reaps all that is left of its tasks.
  Farewell run();

 private:
  std::string obituary(const char* how, int code) const;
  void turn();
  Nanos patience() const;
  void on_time();

  void read_requests();
  void handle(Settings settings);
  void handle(LaunchRequest request);
  void handle(const StopTask& stop);
  void handle(const Consumed& consumed);
  void handle(const Leave& leave);
  void handle(const Starting& starting);
  void handle(const Tidy& tidy);
  void handle(const Finishing& finishing);
  void handle(const Beat& beat);

  void refuse(LaunchKey key, int error, const std::string& complaint);
  void task_changed(LaunchKey key);
  void watch_limits(TimePoint now);
  void end_tasks();
  void watch_heart();
  void watch_rank(TimePoint now);
  void input_failed(LaunchKey key, const std::string& complaint);
  void regulate_reading();

  void read_signals();
  void reap();
  void pass_on(int signal);
  void launcher_gone();
  void tell_to_end(Nanos grace);
  void kill_left_behind();
  bool is_ending() const { return rank_status_ || leave_; }

  SystemClock clock_;
  RecordSocket socket_;
  pid_t rank_;
  std::optional<std::int32_t> launched_as_;
  std::string mark_;
  Family family_;
  Starter starter_;
  Settings settings_;
  std::shared_ptr<const std::vector<TermStep>> term_sequence_;  // nullptr: the usual one
  bool is_tidy_ = false;                                        // the rank needs no more tasks, and there are none
  bool has_settings_ = false;                                   // the rank takes part in the run
  std::vector<std::string> common_environment_;
  Poller poller_;
  UniqueFd signals_;
  UniqueFd launcher_;
  std::map<LaunchKey, Task> tasks_;
  std::unordered_map<pid_t, LaunchKey> running_;
  bool may_read_ = true;
  bool is_listening_ = true;
  std::optional<int> rank_status_;  ///< as wait(2) gives it, once it has ended
  std::optional<Leave> leave_;
  bool is_finishing_ = false;
  Heartbeats heart_{Nanos::zero(), 0};  // the rank's, while its loop runs
  bool was_frozen_ = false;
  bool is_told_to_end_ = false;
  int interrupts_ = 0;
  TimePoint kill_rank_at_ = end_of_time;
  TimePoint look_ = end_of_time;  // while a task with a limit runs
};

}  // namespace farm
