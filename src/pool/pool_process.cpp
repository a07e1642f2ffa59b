#include "pool/pool_process.hpp"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <limits>
#include <memory>
#include <set>
#include <string>
#include <system_error>
#include <thread>

#include "base/machine.hpp"
#include "base/units.hpp"
#include "core/heartbeats.hpp"
#include "farm/error.hpp"
#include "wire/frame_loopback.hpp"

namespace farm {
namespace {

using namespace std::chrono_literals;

constexpr int body_threw = 1;

// What runs when the pool ends is asked to stop, and left alone after that time.
constexpr Nanos farewell = 1s;
// Short against what may pass between two signs of life, 0.1 s.
constexpr Nanos farewell_round = 5ms;

// Who has not answered the last message by then has it in its memory, or never will.
constexpr Nanos wait_for_goodbye = 5s;

std::uint32_t choose_slots(const PoolOptions& options) {
  if (options.slots > 0) return options.slots;
  const char* const text = std::getenv("FARM_SLOTS");
  if (text == nullptr) return 1;
  const auto number = parse_count(text);
  if (number && *number >= 1 && *number <= std::numeric_limits<std::uint32_t>::max()) {
    return static_cast<std::uint32_t>(*number);
  }
  fail_usage("FARM_SLOTS must be a number from 1, not '" + std::string(text) + "'");
}

void check_heartbeat(Nanos limit) {
  if (limit == Nanos::zero() || limit >= 1s) return;
  fail_usage(
      "PoolOptions::heartbeat must be 0, for never, or at least a second: machines with much to do are silent too");
}

std::string working_directory() {
  std::error_code error;
  return std::filesystem::current_path(error).string();
}

int call(const std::function<int(Pool&)>& body, const std::shared_ptr<PoolInbox>& inbox) {
  try {
    Pool pool(inbox, {});
    return body(pool);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "farm: %s\n", error.what());
  } catch (...) {
    std::fputs("farm: the program threw something that is not a std::exception\n", stderr);
  }
  return body_threw;
}

}  // namespace

PoolProcess::PoolProcess(const PoolOptions& options, const Placement& placement, ShepherdClient& shepherd)
    : options_(options), placement_(placement), shepherd_(shepherd) {
  std::signal(SIGPIPE, SIG_IGN);
  check_heartbeat(options_.heartbeat);
  if (placement_.ranks > 1) {
    if (choose_slots(options_) > 1 || options_.haste == Haste::latency) undo_binding();
    shepherd_.start(heartbeat());
    session_.emplace();
    frames_.emplace(*session_, poller_, clock_);
  }
  commands_.emplace(CommandDesk::Setup{.first_slot = first_slot(),
                                       .directory = working_directory(),
                                       .wake = [this] { worker_->wake_up().ring(); },
                                       .signalled = [this](int signal) { heard(signal); }},
                    shepherd_);
  shepherd_.guard_by_kernel(false);
  // From here on it stands in for us.
  shepherd_.configure({.rank = Rank{placement_.rank}, .heartbeat = heartbeat()});
  commands_->turn();
  poller_.watch(shepherd_.fd(), Poller::readable, [](unsigned) {});
}

// A worker goes when rank 0 does.
void PoolProcess::heard(int signal) const {
  const bool ends = signal == SIGINT || signal == SIGTERM || signal == SIGHUP;
  if (ends && placement_.rank == 0) throw Ended{signal};
}

// --- the loops ------------------------------------------------------------------------------------------------------

void PoolProcess::serve() {
  PoolWorker& worker = start_worker(*frames_);
  while (!worker.is_over()) {
    worker.turn();
    commands_->turn();
    if (!frames_->take_lost().empty()) fail_fatal("rank 0 is gone");
    worker.wake_up().expect();
    spin_ = worker.spin();
    sleep(worker.is_over() || commands_->has_orders(), worker.next_due(),
          frames_->patience(clock_.now(), worker.is_expecting()));
    worker.wake_up().awake();
  }
}

int PoolProcess::lead(const std::function<int(Pool&)>& body) {
  FrameLoopback board;
  FrameChannel* const local = frames_ ? nullptr : &board.worker(master_rank);
  if (local != nullptr) start_worker(*local);
  FrameChannel& channel = frames_ ? static_cast<FrameChannel&>(*frames_) : board.master();
  const auto inbox = std::make_shared<PoolInbox>();
  watch(inbox->wake_up());
  PoolMaster master({.haste = options_.haste,
                     .crash_limit = options_.crash_limit,
                     .workers = workers(),
                     .heartbeat = session_ ? options_.heartbeat : Nanos::zero(),
                     .keep_above = options_.keep_above},
                    *inbox, channel, clock_);
  // Its own: it may go on when this function has been left.
  const auto status = std::make_shared<int>(0);
  std::thread user([body, inbox, status] {
    *status = call(body, inbox);
    inbox->finish();
  });
  try {
    loop(master, *inbox, channel, local);
  } catch (...) {
    user.detach();  // the process is about to end
    master.flush_at_last();
    throw;
  }
  user.join();
  poller_.forget(inbox->wake_up().fd());
  return *status;
}

void PoolProcess::loop(PoolMaster& master, PoolInbox& inbox, FrameChannel& channel, FrameChannel* local) {
  spin_ = may_spin() ? spin_time(options_.haste) : Nanos::zero();
  while (true) {
    if (worker_) worker_->turn();
    master.turn();
    if (master.is_over()) return;
    commands_->turn();
    inbox.wake_up().expect();
    if (worker_) worker_->wake_up().expect();
    TimePoint due = master.next_due();
    if (worker_) due = std::min(due, worker_->next_due());
    Nanos patience = channel.patience(clock_.now(), master.is_expecting());
    if (local != nullptr) patience = std::min(patience, local->patience(clock_.now(), true));
    sleep(!inbox.is_empty() || commands_->has_orders(), due, patience);
    inbox.wake_up().awake();
    if (worker_) worker_->wake_up().awake();
  }
}

void PoolProcess::watch(WakeUp& wake_up) {
  poller_.watch(wake_up.fd(), Poller::readable, [&wake_up](unsigned) { wake_up.drain(); });
}

void PoolProcess::sleep(bool not_at_all, TimePoint due, Nanos patience) {
  const TimePoint now = clock_.now();
  if (not_at_all || now < stirred_ + spin_) patience = Nanos::zero();
  if (due != end_of_time) patience = std::min(patience, std::max(Nanos::zero(), due - now));
  poller_.change(shepherd_.fd(), Poller::readable | (shepherd_.wants_write() ? unsigned{Poller::writable} : 0U));
  if (poller_.wait(patience) > 0) stirred_ = clock_.now();
}

// --- what this process is --------------------------------------------------------------------------------------------

std::vector<Rank> PoolProcess::workers() const {
  std::vector<Rank> all;
  for (int rank = 1; rank < placement_.ranks; ++rank) all.push_back(Rank{rank});
  if (all.empty()) all.push_back(master_rank);
  return all;
}

// Rank 0 owes nobody one.
Nanos PoolProcess::heartbeat() const {
  return placement_.rank == 0 ? Nanos::zero() : HeartbeatTimes::interval(options_.heartbeat);
}

// The thread that talks and the one that computes, of every rank here, and the program's own.
bool PoolProcess::may_spin() const {
  const int ranks = session_ ? session_->local_ranks() : 1;
  return usable_processors() > 2 * static_cast<std::uint32_t>(ranks);
}

// Rank 0 runs nothing where there are others.
std::uint32_t PoolProcess::first_slot() const {
  if (!session_) return 1;
  const int before = session_->local_rank() - (session_->is_with_master() ? 1 : 0);
  return static_cast<std::uint32_t>(std::max(0, before)) * choose_slots(options_) + 1;
}

PoolWorker& PoolProcess::start_worker(FrameChannel& channel) {
  PoolWorker::Setup setup{.rank = Rank{placement_.rank},
                          .slots = choose_slots(options_),
                          .node = session_ ? static_cast<std::uint64_t>(value(session_->first_on_host())) : 0,
                          .may_spin = may_spin(),
                          .heartbeat = heartbeat(),
                          .commands = &*commands_,
                          .beat = [this] { shepherd_.beat(); }};
  worker_ = std::make_unique<PoolWorker>(std::move(setup), channel, clock_);
  watch(worker_->wake_up());
  return *worker_;
}

// --- the end ---------------------------------------------------------------------------------------------------------

// Until those who live have got the last message: what is under way when this process ends may be lost.
void PoolProcess::take_goodbyes() {
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

// Commands go on being looked after, as functions may wait for their ends, and the shepherd is told that we live.
bool PoolProcess::wait_at_end(const std::function<bool(Nanos)>& is_done) {
  const TimePoint deadline = clock_.now() + farewell;
  while (!is_done(farewell_round)) {
    if (clock_.now() >= deadline) return false;
    if (heartbeat() > Nanos::zero()) shepherd_.beat();
    commands_->turn();
  }
  return true;
}

PoolProcess::End PoolProcess::close() {
  End end;
  if (worker_) end.is_closed = wait_at_end([&](Nanos at_most) { return worker_->close(at_most); });
  shepherd_.guard_by_kernel(true);
  if (!session_) return end;
  if (placement_.rank == 0) take_goodbyes();
  end.owes_stand_in = worker_ ? worker_->has_lost_ranks() : frames_->has_lost_ranks();
  wait_at_end([&](Nanos at_most) { return frames_->flush(at_most); });
  if (!end.owes_stand_in) {
    shepherd_.finish();
    session_->finish();
  }
  return end;
}

}  // namespace farm
