#include "farm/main.hpp"

#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>
#include <optional>
#include <set>
#include <thread>

#include "base/machine.hpp"
#include "base/poller.hpp"
#include "core/heartbeats.hpp"
#include "farm/error.hpp"
#include "mpi/mpi_frames.hpp"
#include "mpi/placement.hpp"
#include "pool/pool_inbox.hpp"
#include "pool/pool_master.hpp"
#include "pool/pool_worker.hpp"
#include "shepherd/begin_rank.hpp"
#include "wire/frame_loopback.hpp"

namespace farm {
namespace {

using namespace std::chrono_literals;

constexpr int cannot_go_on = 255;
constexpr int body_threw = 1;

// What runs when the pool ends is asked to stop, and left alone after that time.
constexpr Nanos farewell = 1s;

// Who has not answered the last message by then has it in its memory, or never will.
constexpr Nanos wait_for_goodbye = 5s;

void complain(const std::string& text) { std::fprintf(stderr, "farm: %s\n", text.c_str()); }

// The process is to end by this signal.
struct Ended {
  int signal = 0;
};

// Pools start no tasks: only signals come.
class Signals final : public LaunchEvents {
 public:
  explicit Signals(bool obeys) : obeys_(obeys) {}
  void output(LaunchKey, Stream, std::string_view) override {}
  void ended(LaunchKey, const Outcome&, std::string_view, std::string_view) override {}
  void signalled(int signal) override {
    const bool ends = signal == SIGINT || signal == SIGTERM || signal == SIGHUP;
    if (ends && obeys_) throw Ended{signal};
  }

 private:
  bool obeys_;  // rank 0; a worker goes when that one does
};

std::uint32_t choose_slots(const PoolOptions& options) {
  if (options.slots > 0) return options.slots;
  const char* const text = std::getenv("FARM_SLOTS");
  const int number = text == nullptr ? 1 : std::atoi(text);
  if (number < 1) fail_usage("FARM_SLOTS must be a number from 1, not '" + std::string(text) + "'");
  return static_cast<std::uint32_t>(number);
}

void check_heartbeat(Nanos limit) {
  if (limit == Nanos::zero() || limit >= 1s) return;
  fail_usage(
      "PoolOptions::heartbeat must be 0, for never, or at least a second: machines with much to do are silent too");
}

// This process's side of a pool: the loops and what they sleep on.
class Process {
 public:
  Process(const PoolOptions& options, const Placement& placement, ShepherdClient* shepherd)
      : options_(options), placement_(placement), shepherd_(shepherd) {
    std::signal(SIGPIPE, SIG_IGN);
    check_heartbeat(options_.heartbeat);
    if (placement_.ranks == 1) return;
    if (choose_slots(options_) > 1 || options_.haste == Haste::latency) undo_binding();
    session_.emplace();
    frames_.emplace(*session_, poller_, clock_);
    shepherd_->guard_by_kernel(false);
    shepherd_->configure(
        {.rank = Rank{placement_.rank}, .heartbeat = heartbeat()});  // from here on it stands in for us
    shepherd_->turn(signals_);
    poller_.watch(shepherd_->fd(), Poller::readable, [](unsigned) {});
  }

  void serve() {
    PoolWorker& worker = start_worker(*frames_);
    while (!worker.is_over()) {
      worker.turn();
      shepherd_->turn(signals_);
      if (!frames_->take_lost().empty()) fail_fatal("rank 0 is gone");
      worker.wake_up().expect();
      spin_ = worker.spin();
      sleep(worker.is_over(), worker.next_due(), frames_->patience(clock_.now(), worker.is_expecting()));
      worker.wake_up().awake();
    }
  }

  /// Runs `body` beside the loop; returns its status.
  int lead(const std::function<int(Pool&)>& body) {
    FrameLoopback board;
    FrameChannel* const local = frames_ ? nullptr : &board.worker(master_rank);
    if (local != nullptr) start_worker(*local);
    FrameChannel& channel = frames_ ? static_cast<FrameChannel&>(*frames_) : board.master();
    const auto inbox = std::make_shared<PoolInbox>();
    watch(inbox->wake_up());
    PoolMaster master({.haste = options_.haste,
                       .crash_limit = options_.crash_limit,
                       .workers = workers(),
                       .heartbeat = session_ ? options_.heartbeat : Nanos::zero()},
                      *inbox, channel, clock_);
    int status = 0;
    std::thread user([&] {
      status = call(body, inbox);
      inbox->finish();
    });
    try {
      loop(master, *inbox, channel, local);
    } catch (...) {
      user.detach();  // the process is about to end
      throw;
    }
    user.join();
    poller_.forget(inbox->wake_up().fd());
    return status;
  }

  struct End {
    bool is_closed = true;       // else functions are still running: the process must end without waiting for them
    bool owes_stand_in = false;  // MPI is not finalised, because others are gone
  };

  /// Leaves MPI in order, where that can be.
  End close() {
    End end;
    end.is_closed = !worker_ || worker_->close(farewell);
    if (shepherd_ == nullptr) return end;
    shepherd_->guard_by_kernel(true);
    if (placement_.rank == 0) take_goodbyes();
    end.owes_stand_in = worker_ ? worker_->has_lost_ranks() : frames_->has_lost_ranks();
    frames_->flush(farewell);
    if (!end.owes_stand_in) {
      shepherd_->finish();
      session_->finish();
    }
    return end;
  }

 private:
  static int call(const std::function<int(Pool&)>& body, const std::shared_ptr<PoolInbox>& inbox) {
    try {
      Pool pool(inbox, {});
      return body(pool);
    } catch (const std::exception& error) {
      complain(error.what());
    } catch (...) {
      complain("the program threw something that is not a std::exception");
    }
    return body_threw;
  }

  std::vector<Rank> workers() const {
    std::vector<Rank> all;
    for (int rank = 1; rank < placement_.ranks; ++rank) all.push_back(Rank{rank});
    if (all.empty()) all.push_back(master_rank);
    return all;
  }

  // Until those who live have got the last message: what is under way when this process ends may be lost.
  void take_goodbyes() {
    std::set<Rank> waited_for = frames_->living_workers();
    const TimePoint deadline = clock_.now() + wait_for_goodbye;
    while (!waited_for.empty() && clock_.now() < deadline) {
      while (auto arrived = frames_->receive()) {
        const auto message = from_frame(std::move(arrived->frame));
        if (message && std::holds_alternative<PoolGoodbye>(*message)) waited_for.erase(arrived->from);
      }
      for (const Rank rank : frames_->take_lost()) waited_for.erase(rank);
      if (!waited_for.empty()) poller_.wait(frames_->patience(clock_.now(), true));
    }
  }

  // Rank 0 owes nobody one.
  Nanos heartbeat() const {
    return placement_.rank == 0 ? Nanos::zero() : HeartbeatTimes::interval(options_.heartbeat);
  }

  // The thread that talks and the one that computes, of every rank here, and the program's own.
  bool may_spin() const {
    const int ranks = session_ ? session_->local_ranks() : 1;
    return usable_processors() > 2 * static_cast<std::uint32_t>(ranks);
  }

  PoolWorker& start_worker(FrameChannel& channel) {
    PoolWorker::Setup setup{.rank = Rank{placement_.rank},
                            .slots = choose_slots(options_),
                            .may_spin = may_spin(),
                            .heartbeat = heartbeat()};
    if (shepherd_ != nullptr) setup.beat = [this] { shepherd_->beat(); };
    worker_ = std::make_unique<PoolWorker>(std::move(setup), channel, clock_);
    watch(worker_->wake_up());
    return *worker_;
  }

  void loop(PoolMaster& master, PoolInbox& inbox, FrameChannel& channel, FrameChannel* local) {
    spin_ = may_spin() ? spin_time(options_.haste) : Nanos::zero();
    while (true) {
      if (worker_) worker_->turn();
      master.turn();
      if (master.is_over()) return;
      if (shepherd_ != nullptr) shepherd_->turn(signals_);
      inbox.wake_up().expect();
      if (worker_) worker_->wake_up().expect();
      TimePoint due = master.next_due();
      if (worker_) due = std::min(due, worker_->next_due());
      Nanos patience = channel.patience(clock_.now(), master.is_expecting());
      if (local != nullptr) patience = std::min(patience, local->patience(clock_.now(), true));
      sleep(!inbox.is_empty(), due, patience);
      inbox.wake_up().awake();
      if (worker_) worker_->wake_up().awake();
    }
  }

  void watch(WakeUp& wake_up) {
    poller_.watch(wake_up.fd(), Poller::readable, [&wake_up](unsigned) { wake_up.drain(); });
  }

  void sleep(bool not_at_all, TimePoint due, Nanos patience) {
    const TimePoint now = clock_.now();
    if (not_at_all || now < stirred_ + spin_) patience = Nanos::zero();
    if (due != end_of_time) patience = std::min(patience, std::max(Nanos::zero(), due - now));
    if (poller_.wait(patience) > 0) stirred_ = clock_.now();
  }

  const PoolOptions& options_;
  const Placement& placement_;
  ShepherdClient* shepherd_;  // none without other ranks
  SystemClock clock_;
  Poller poller_;
  Nanos spin_{0};
  TimePoint stirred_{};  // somebody rang
  std::optional<MpiSession> session_;
  std::optional<MpiFrames> frames_;
  std::unique_ptr<PoolWorker> worker_;
  Signals signals_{placement_.rank == 0};
};

[[noreturn]] void end_at_once(ShepherdClient* shepherd, int status, bool owes_stand_in = false) {
  std::fflush(nullptr);
  if (shepherd != nullptr) shepherd->leave(status, owes_stand_in);
  ::_exit(status);
}

}  // namespace

int detail::run_main(int argc, char** argv, const PoolOptions& options, const std::function<int(Pool&)>& body) {
  const Placement placement = Placement::find();
  std::unique_ptr<ShepherdClient> shepherd;
  try {
    if (placement.ranks > 1) shepherd = begin_rank(argc, argv);
    Process process(options, placement, shepherd.get());
    int status = 0;
    if (placement.rank == 0) {
      status = process.lead(body);
    } else {
      process.serve();
    }
    const Process::End end = process.close();
    if (!end.is_closed || end.owes_stand_in) end_at_once(shepherd.get(), status, end.owes_stand_in);
    if (shepherd) shepherd->leave(status);
    return status;
  } catch (const Ended& ended) {
    end_at_once(shepherd.get(), 128 + ended.signal);
  } catch (const std::exception& error) {
    complain(error.what());
    end_at_once(shepherd.get(), cannot_go_on);
  }
}

}  // namespace farm
