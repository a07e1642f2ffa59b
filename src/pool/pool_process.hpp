/// One process of a pool, whatever its rank: the loops of master and worker, and what they sleep on.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "base/poller.hpp"
#include "farm/main.hpp"
#include "mpi/mpi_frames.hpp"
#include "mpi/placement.hpp"
#include "pool/command_desk.hpp"
#include "pool/pool_inbox.hpp"
#include "pool/pool_master.hpp"
#include "pool/pool_worker.hpp"
#include "shepherd/client.hpp"

namespace farm {

class PoolProcess {
 public:
  /// Thrown out of serve(), lead() and close(): the process is to end by this signal. After this or any other exception
  /// functions and `body` may still be running: the process is to _exit with this object in place, whose end waits for
  /// them.
  struct Ended {
    int signal = 0;
  };
  struct End {
    bool is_closed = true;       ///< else functions are still running: the process must end without waiting for them
    bool owes_stand_in = false;  ///< MPI is not finalised, because others are gone
  };

  /// Initialises MPI where there are other ranks. All outlive it. Throws Error (usage) for options that make no sense.
  PoolProcess(const PoolOptions& options, const Placement& placement, ShepherdClient& shepherd);

  /// On ranks other than 0: runs functions until rank 0 says that it is over.
  void serve();

  /// On rank 0: runs `body` beside the loop; returns its status.
  int lead(const std::function<int(Pool&)>& body);

  /// Leaves MPI in order, where that can be.
  End close();

 private:
  std::vector<Rank> workers() const;
  void take_goodbyes();
  bool wait_at_end(const std::function<bool(Nanos)>& is_done);
  Nanos heartbeat() const;
  bool may_spin() const;
  std::uint32_t first_slot() const;
  void heard(int signal) const;
  PoolWorker& start_worker(FrameChannel& channel);
  void loop(PoolMaster& master, PoolInbox& inbox, FrameChannel& channel, FrameChannel* local);
  void watch(WakeUp& wake_up);
  void sleep(bool not_at_all, TimePoint due, Nanos patience);

  const PoolOptions& options_;
  const Placement& placement_;
  ShepherdClient& shepherd_;
  SystemClock clock_;
  Poller poller_;
  Nanos spin_{0};
  TimePoint stirred_{};                // somebody rang
  std::optional<MpiSession> session_;  // none without other ranks
  std::optional<MpiFrames> frames_;
  std::optional<CommandDesk> commands_;
  std::unique_ptr<PoolWorker> worker_;
};

}  // namespace farm
