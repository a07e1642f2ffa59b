#include "api/run.hpp"

#include <csignal>
#include <exception>
#include <optional>
#include <set>

#include "api/master_side.hpp"
#include "api/prepare.hpp"
#include "api/process.hpp"
#include "api/sweep_status.hpp"
#include "api/worker_side.hpp"
#include "base/machine.hpp"
#include "base/variables.hpp"
#include "farm/error.hpp"
#include "mpi/mpi_channel.hpp"
#include "node/allocation.hpp"
#include "node/vain_options.hpp"

namespace farm {
namespace {

using namespace std::chrono_literals;

// What an ephemeral run leaves: nothing when all went well; nor does one that was refused.
void tidy_up(PreparedRun& prepared, RunSummary& summary, RunObserver& observer) {
  constexpr int refused = 2;
  summary.ephemeral = prepared.is_ephemeral;
  summary.run_dir = prepared.dir.path();
  if (summary.status == refused) return take_back(prepared, summary, observer);
  const bool is_clean =
      !prepared.has_lost_results && summary.last.failed == 0 && summary.left == std::optional<std::uint64_t>(0);
  if (!prepared.is_ephemeral || !is_clean) return;
  prepared.journal.reset();
  prepared.segment.reset();
  if (prepared.dir.remove()) summary.run_dir.clear();
}

// The user's word, else the batch system's.
RunOptions with_end(RunOptions options, const Clock& clock, RunObserver& observer) {
  if (options.ends_at) return options;
  const auto complain = [&observer](const std::string& line) { observer.notice(line); };
  if (const auto end = allocation_end(read_variables(), clock.wall(), ask_batch_system(), complain)) {
    options.ends_at = end->at;
    options.allocation_length = end->length;
  }
  return options;
}

void send_everybody_home(MpiChannel& channel) {
  for (const Rank rank : channel.living_workers()) channel.post(rank, Shutdown{});
}

// Until those who live have got the last message: what is under way when this process ends may be lost. Who does not
// answer in time has it in its memory by then, or never will.
void wait_for_goodbyes(const Process& process, MpiChannel& channel) {
  std::set<Rank> waited_for = channel.living_workers();
  const TimePoint deadline = process.clock.now() + 5s;
  while (!waited_for.empty() && process.clock.now() < deadline) {
    while (const auto envelope = channel.receive()) {
      if (std::holds_alternative<Goodbye>(envelope->message)) waited_for.erase(envelope->from);
    }
    for (const Rank rank : channel.take_lost()) waited_for.erase(rank);
    if (!waited_for.empty()) process.poller.wait(channel.patience(process.clock.now(), true));
  }
}

}  // namespace

RunResult run(const RunOptions& wanted, const Placement& placement, ShepherdClient& shepherd, RunObserver& observer) {
  const SystemClock clock;
  // Only the master has to know.
  const RunOptions options = placement.rank == 0 ? with_end(wanted, clock, observer) : wanted;
  Poller poller;
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGXFSZ, SIG_IGN);  // a limit on file sizes is a full disk: somebody may raise it
  if (placement.launched) undo_binding();
  const Process process{options, placement, shepherd, poller, clock};

  std::optional<PreparedRun> prepared;
  std::exception_ptr problem;
  if (placement.rank == 0) {
    try {
      prepared.emplace(prepare_run(options, placement.ranks, observer, clock));
      for (const std::string& note : vain_options(options, placement.ranks)) observer.notice(note);
    } catch (const Error&) {
      problem = std::current_exception();
    }
  }
  if (placement.ranks > 1) shepherd.start(heartbeat(process));
  // Without others to talk to MPI is not even initialised.
  std::optional<MpiSession> session;
  std::optional<MpiChannel> channel;
  if (placement.ranks > 1) {
    session.emplace();
    channel.emplace(*session, poller, clock);
  }
  shepherd.guard_by_kernel(false);

  RunResult result;
  if (placement.rank != 0) {
    result.owes_stand_in = work(process, *session, *channel);
  } else if (!problem) {
    result.summary =
        master_loop(process, *prepared, session ? &*session : nullptr, channel ? &*channel : nullptr, observer);
    if (prepared->pipe != nullptr && result.summary.left == std::optional<std::uint64_t>(0))
      prepared->dir.remove_inputs();
    tidy_up(*prepared, result.summary, observer);
    if (options.sweep && prepared->is_ephemeral) {
      result.summary.status = sweep_status(result.summary, options.halt);
    }
    result.status = result.summary.status;
    observer.ended(result.summary);
  } else if (session) {
    send_everybody_home(*channel);
  }
  shepherd.tidy();
  shepherd.guard_by_kernel(true);
  if (channel && placement.rank == 0) {
    wait_for_goodbyes(process, *channel);
    result.owes_stand_in = channel->has_lost_ranks();
  }
  if (channel) channel->flush(1s);
  if (session && !result.owes_stand_in) {
    shepherd.finish();
    session->finish();
  }
  if (problem) std::rethrow_exception(problem);
  return result;
}

}  // namespace farm
