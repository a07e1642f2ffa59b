/// The rank's side of its shepherd: what a worker launches goes there, what becomes of it comes back. Signals for the
/// rank come the same way, as LaunchEvents::signalled(), because launchers and terminals signal the shepherd's whole
/// process group; the rank blocks them.
#pragma once
#include <sys/types.h>

#include <string>

#include "base/unique_fd.hpp"
#include "shepherd/launcher.hpp"
#include "shepherd/protocol.hpp"
#include "shepherd/record_socket.hpp"

namespace farm {

class ShepherdClient final : public Launcher {
 public:
  /// `shepherd` is this process's parent, at the other end of `socket`. Made by begin_rank().
  ShepherdClient(UniqueFd socket, pid_t shepherd);

  /// Queues the settings for all later launches.
  void configure(const Settings& settings);

  /// Before MPI_Init. From now on the shepherd kills a rank that is stopped for long; `heartbeat` as in the settings.
  void start(Nanos heartbeat);

  /// While `on`, the kernel kills this process when the shepherd dies: for the time in which nobody calls turn(), as in
  /// MPI_Init and MPI_Finalize. While off (the loop runs), turn() finds out and still kills the tasks. On at first.
  /// Throws Error (fatal) when it is already gone.
  void guard_by_kernel(bool on);

  /// No more tasks are launched: has all that is left of them killed, and waits for that. Whoever dies from then on
  /// leaves nothing behind. Throws Error (fatal) when the shepherd is gone, with the same done.
  void tidy();

  /// Says that this process is about to enter MPI_Finalize. Blocks until it is said.
  void finish();

  /// Says that this process is about to end in order (after MPI_Finalize): the shepherd kills what is left of the
  /// tasks, waits for this process and exits with `status`. Blocks until it is said; a shepherd that is gone is none to
  /// tell. `owes_stand_in`: MPI was initialised and not finalised; the shepherd sees to it that the launcher is
  /// content.
  void leave(int status, bool owes_stand_in = false);

  void launch(LaunchRequest request) override;
  void stop(LaunchKey key, const StopOrder& order = {}) override;
  void consumed(LaunchKey key, Stream stream, std::size_t bytes) override;
  void beat() override;
  bool turn(LaunchEvents& events) override;
  int fd() const override { return socket_.fd(); }
  bool wants_write() const override { return socket_.queued() > 0; }

  pid_t shepherd() const { return shepherd_; }

 private:
  [[noreturn]] void shepherd_is_gone() const;

  RecordSocket socket_;
  pid_t shepherd_;
  std::string mark_;
};

}  // namespace farm
