#include "api/run.hpp"

#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <optional>
#include <random>
#include <set>

#include "api/node_here.hpp"
#include "api/prepare.hpp"
#include "api/slots_here.hpp"
#include "api/sweep_status.hpp"
#include "base/machine.hpp"
#include "base/node_state.hpp"
#include "base/poller.hpp"
#include "base/variables.hpp"
#include "core/heartbeats.hpp"
#include "core/task_files.hpp"
#include "farm/error.hpp"
#include "mpi/mpi_channel.hpp"
#include "node/allocation.hpp"
#include "node/fill_slot.hpp"
#include "node/master.hpp"
#include "node/node_facts.hpp"
#include "node/node_resources.hpp"
#include "node/slots.hpp"
#include "node/worker.hpp"
#include "store/start_watch.hpp"
#include "wire/loopback.hpp"

namespace farm {
namespace {

using namespace std::chrono_literals;

// This rank's segment in the run directory, if that directory is really the master's and not another one of the same
// name.
std::unique_ptr<SegmentWriter> open_segment(const Welcome& welcome, const RunOptions& options) {
  try {
    const RunDir dir = RunDir::view(welcome.run_dir);
    JournalReader journal(dir.open_journal(welcome.start), JournalReader::Damage::refuse);
    Record first;
    const auto* header = journal.next(first) ? std::get_if<RunStarted>(&first) : nullptr;
    if (header == nullptr || header->run != welcome.run) return nullptr;
    auto segment = std::make_unique<SegmentWriter>(dir.create_segment());
    const bool is_kept = options.run_dir || (!options.sweep && header->digest);
    if (is_kept) segment->keep_durable(options.durability);
    return segment;
  } catch (const Error&) {
    return nullptr;
  }
}

// Everything a process of the run has, whatever its rank.
struct Process {
  const RunOptions& options;
  const Placement& placement;
  ShepherdClient& shepherd;
  Poller& poller;
  const SystemClock& clock;
};

// Rank 0 owes nobody one: without it there is no run, and it may well have to wait for the run directory.
Nanos heartbeat(const Process& process) {
  return process.placement.rank == 0 ? Nanos::zero() : HeartbeatTimes::interval(process.options.heartbeat);
}

Settings settings(const Process& process, const Welcome& welcome, const NodeResources& node) {
  const char* shell = std::getenv("SHELL");
  const std::string usual = shell != nullptr && *shell != '\0' ? shell : "/bin/sh";
  return {.shell = process.options.shell.empty() ? usual : process.options.shell,
          .shell_always = process.options.shell_always,
          .run_dir = welcome.run_dir,
          .rank = Rank{process.placement.rank},
          .nice = process.options.nice,
          .gpu_variables = node.gpu_variables,
          .heartbeat = heartbeat(process),
          .term_sequence = process.options.term_sequence,
          .most_processes = process.options.task_procs};
}

Admission::Setup admission(const RunOptions& options) {
  Admission::Setup setup{.free_memory = options.free_memory, .look = [] { return read_node_state(); }};
  if (options.load) setup.load = load_limit(*options.load, usable_processors());
  return setup;
}

Worker make_worker(const Process& process, const MpiSession* session, Channel& channel,
                   std::function<void(int)> signalled) {
  SlotsHere here = slots_here(process.options, process.placement, session);
  const NodeResources node = node_here(process.options);
  const auto watch = std::make_shared<std::optional<StartWatch>>();  // begins with the welcome
  return Worker(
      {.rank = Rank{process.placement.rank},
       .host = host_name(),
       .pid = ::getpid(),
       .slots = here.slots,
       .numbers = here.numbers,
       .stream_output = process.options.output == OutputMode::line_buffer,
       .slot_variable = process.options.slot_variable,
       .admission = admission(process.options),
       .node = node,
       .heartbeat = heartbeat(process),
       .share = std::move(here.share),
       .list_processors = [] { return cores_first(read_processors()); },
       .is_superseded = [watch] { return *watch && (*watch)->is_superseded(); },
       .welcomed =
           [process, node, watch](const Welcome& welcome) {
             watch->emplace(welcome.run_dir, welcome.run, welcome.start);
             process.shepherd.configure(settings(process, welcome, node));
           },
       .open_segment = [&options = process.options](const Welcome& welcome) { return open_segment(welcome, options); },
       .signalled = std::move(signalled)},
      channel, process.shepherd, process.clock);
}

// Watches a descriptor only while somebody wants to hear of it: a hang-up is reported whether it was asked for or not.
class Watcher {
 public:
  Watcher(
      Poller& poller, int fd, std::function<void()> ready = [] {})
      : poller_(poller), fd_(fd), ready_(std::move(ready)) {}
  Watcher(const Watcher&) = delete;
  Watcher& operator=(const Watcher&) = delete;
  ~Watcher() { want(0); }

  void want(unsigned interest) {
    if (fd_ < 0 || interest == interest_) return;
    if (interest_ != 0) poller_.forget(fd_);
    if (interest != 0) poller_.watch(fd_, interest, [this](unsigned) { ready_(); });
    interest_ = interest;
  }

 private:
  Poller& poller_;
  int fd_;
  std::function<void()> ready_;
  unsigned interest_ = 0;
};

void sleep_until(const Process& process, TimePoint due, Nanos channel_patience) {
  const TimePoint now = process.clock.now();
  Nanos patience = channel_patience;
  if (due != end_of_time) patience = std::min(patience, std::max(Nanos::zero(), due - now));
  process.poller.wait(patience);
}

unsigned shepherd_interest(const ShepherdClient& shepherd) {
  return shepherd.wants_write() ? Poller::readable | Poller::writable : unsigned{Poller::readable};
}

// Whether ranks are dead.
bool work(const Process& process, const MpiSession& session, MpiChannel& channel) {
  Worker worker = make_worker(process, &session, channel, [](int) {});
  Watcher shepherd(process.poller, process.shepherd.fd());
  while (!worker.is_over()) {
    worker.turn();
    if (!channel.take_lost().empty()) fail_fatal("rank 0 is gone; what was acknowledged is in its journal");
    shepherd.want(shepherd_interest(process.shepherd));
    if (!worker.is_over()) {
      sleep_until(process, worker.next_due(), channel.patience(process.clock.now(), worker.is_expecting()));
    }
  }
  return worker.has_lost_ranks();
}

// Turns signals into what the run does about them.
class Interruption {
 public:
  void heard(int signal, Master& master, Journal& journal) {
    switch (signal) {
      case SIGUSR1:
        return master.drain("SIGUSR1");
      case SIGINT:
        return stop("SIGINT", master);
      case SIGTERM:
        return stop("SIGTERM", master);
      case SIGHUP:
        return stop("SIGHUP", master);
      case SIGCONT:
        // The first thing a rank hears when mpirun gives a job up; a second later it is killed.
        return journal.sync_soon();
      default:
        return;
    }
  }
  bool is_final() const { return is_final_; }

 private:
  void stop(const char* name, Master& master) {
    is_final_ = asked_;
    asked_ = true;
    master.stop(name);
  }
  bool asked_ = false;
  bool is_final_ = false;
};

// The poller watches the journal's descriptor. Who has asked twice for the end does not wait for a full disk.
void wait_until_durable(Journal& journal, Poller& poller, bool is_urgent, RunObserver& observer) {
  while (journal.durable() < journal.appended()) {
    if (is_urgent && !journal.trouble().empty()) {
      return observer.notice("results of the last moments could not be recorded: those tasks run again the next time");
    }
    poller.wait(100ms);
    journal.write();
  }
}

// Always there: a task may say where its results go.
ResultWriter::Setup results_setup(const RunOptions& options, PreparedRun& prepared, RunObserver& observer) {
  const char* temporary = std::getenv("TMPDIR");
  const std::string parent = temporary != nullptr && *temporary != '\0' ? temporary : "/tmp";
  return {
      .directory = options.results,
      .table = options.results_table,
      .table_file = std::move(prepared.results_table),
      .value_names = prepared.value_names,
      .names_prefix = options.file_names ? parent + "/farm-" + prepared.run : std::string(),
      .run_dir = prepared.dir.path(),
      .open = [&prepared](const StreamKey& key, const OutputRef& ref) { return OutputReader(prepared.dir, key, ref); },
      .complain = [&observer](const std::string& line) { observer.notice(line); }};
}

// What --pipe reads is kept where all ranks can find it.
void keep_input(PreparedRun& prepared) {
  if (prepared.pipe == nullptr) return;
  prepared.pipe->set_spool([&prepared] {
    RunDir::File file = prepared.dir.create_input(prepared.start);
    return PipeSource::Spool{std::move(file.fd), std::filesystem::absolute(file.path).string()};
  });
}

// On the steady clock, which does not step.
std::optional<TimePoint> end_of(const Process& process) {
  if (!process.options.ends_at) return std::nullopt;
  return process.clock.now() + (*process.options.ends_at - process.clock.wall());
}

Nanos grace_before(const std::optional<TimePoint>& end, const Process& process) {
  if (!end) return Nanos::zero();
  if (process.options.grace) return *process.options.grace;
  return std::clamp<Nanos>((*end - process.clock.now()) / 50, 100ms, 30s);
}

// By chance, but for one start always the same.
std::optional<std::uint16_t> suspicion(const PreparedRun& prepared, TaskId task) {
  if (!prepared.suspects.contains(task)) return std::nullopt;
  std::mt19937_64 random(value(task) * 1'000'003 + prepared.start);
  return static_cast<std::uint16_t>(random());
}

// Between two looks of rank 0 at whether it is still the last start of its run.
constexpr Nanos look_pause = 5s;

RunSummary master_loop(const Process& process, PreparedRun& prepared, const MpiSession* session, MpiChannel* remote,
                       RunObserver& observer) {
  keep_input(prepared);
  Loopback board;
  std::optional<JoinedChannel> joined;
  if (remote != nullptr) joined.emplace(master_rank, board.master(), *remote);
  Channel& channel = joined ? static_cast<Channel&>(*joined) : board.master();

  Printer printer(
      {.mode = process.options.output,
       .keep_order = process.options.keep_order,
       .tag = process.options.tag,
       .open = [&](const StreamKey& key, const OutputRef& ref) { return OutputReader(prepared.dir, key, ref); },
       .before_write = [&] { observer.before_output(); },
       .after_write = [&](bool line_open) { observer.after_output(line_open); },
       .complain = [&](const std::string& line) { observer.notice(line); }},
      process.poller);
  ResultWriter results(results_setup(process.options, prepared, observer), printer);
  const bool goes_by_results = process.options.resume == Resume::logged && process.options.joblog.empty();
  std::function<bool(TaskId, const TaskSpec&)> is_logged;
  if (prepared.logged) {
    is_logged = [&, goes_by_results](TaskId task, const TaskSpec& spec) {
      return goes_by_results ? results.has_left(spec, task) : prepared.logged->contains(task);
    };
  }
  const bool is_stream = !prepared.source->digest();
  // With --by-mtime files say what is done, where there are any.
  const auto is_kept = [&](TaskId task, const TaskSpec& spec) {
    const bool is_done =
        is_stream ? prepared.kept_identities.take(identity(spec, prepared.launch_dir)) : prepared.kept.contains(task);
    return is_done && !(process.options.by_mtime && !files_of(spec, prepared.launch_dir).outputs.empty());
  };
  const std::optional<TimePoint> end = end_of(process);
  const bool has_graph = !prepared.graph.empty();
  Master master(
      {.channel = channel,
       .journal = *prepared.journal,
       .segment = *prepared.segment,
       .source = *prepared.source,
       .printer = printer,
       .observer = observer,
       .clock = process.clock,
       .results = &results,
       .joblog = prepared.joblog.get()},
      {.options = process.options,
       .run = prepared.run,
       .run_dir = prepared.dir.path(),
       .launch_dir = prepared.launch_dir,
       .host = host_name(),
       .start = prepared.start,
       .ranks = session == nullptr ? 1 : session->ranks(),
       .knowledge = {.is_kept = is_kept,
                     .record_kept = is_stream,
                     .is_logged = is_logged,
                     .last_duration = [&](TaskId task, const TaskSpec&) { return prepared.durations.of(task); },
                     .was_preempted = [&](TaskId task) { return prepared.preempted.contains(task); },
                     .suspicion = [&](TaskId task) { return suspicion(prepared, task); },
                     .was_left_unfinished = [&](TaskId task) { return prepared.unfinished.contains(task); }},
       .graph = std::move(prepared.graph),
       .has_graph = has_graph,
       .end = end,
       .grace = grace_before(end, process),
       .orders_by_weight = !prepared.durations.is_empty()});
  Interruption interruption;
  Worker worker = make_worker(process, session, board.worker(master_rank),
                              [&](int signal) { interruption.heard(signal, master, *prepared.journal); });

  Watcher shepherd(process.poller, process.shepherd.fd());
  Watcher source(process.poller, prepared.source->fd());
  Watcher synced(process.poller, prepared.journal->fd(), [&] { prepared.journal->acknowledge(); });
  synced.want(Poller::readable);
  const StartWatch watch(prepared.dir.path(), prepared.run, prepared.start);
  TimePoint next_look = process.clock.now() + look_pause;
  while (!master.is_over() && !interruption.is_final()) {
    worker.turn();
    master.turn();
    if (process.clock.now() >= next_look) {
      if (watch.is_superseded()) fail_fatal("a later start of this run has begun; this one ends");
      next_look = process.clock.now() + look_pause;
    }
    if (master.is_over()) break;
    shepherd.want(shepherd_interest(process.shepherd));
    source.want(master.waits_for_source() ? unsigned{Poller::readable} : 0U);
    const bool expecting = master.is_expecting() || worker.is_expecting();
    const Nanos patience = std::min(channel.patience(process.clock.now(), expecting),
                                    board.worker(master_rank).patience(process.clock.now(), expecting));
    sleep_until(process, std::min(worker.next_due(), master.next_due()), patience);
  }
  RunSummary summary = master.finish();
  prepared.has_lost_results = results.failures() > 0;
  wait_until_durable(*prepared.journal, process.poller, interruption.is_final(), observer);
  return summary;
}

// What an ephemeral run leaves: nothing when all went well.
void tidy_up(PreparedRun& prepared, RunSummary& summary) {
  summary.ephemeral = prepared.is_ephemeral;
  summary.run_dir = prepared.dir.path();
  const bool is_clean =
      !prepared.has_lost_results && summary.last.failed == 0 && summary.left == std::optional<std::uint64_t>(0);
  if (!prepared.is_ephemeral || !is_clean) return;
  prepared.journal.reset();
  prepared.segment.reset();
  if (prepared.dir.remove()) summary.run_dir.clear();
}

// The user's word, else the batch system's.
RunOptions with_end(RunOptions options, const Clock& clock) {
  if (options.ends_at) return options;
  if (const auto end = allocation_end(read_variables(), clock.wall(), ask_batch_system())) options.ends_at = end->at;
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
  const RunOptions options = placement.rank == 0 ? with_end(wanted, clock) : wanted;
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
    } catch (const Error&) {
      problem = std::current_exception();
    }
  }
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
    tidy_up(*prepared, result.summary);
    if (options.sweep && prepared->is_ephemeral) {
      result.summary.status = sweep_status(result.summary, options.halt);
    }
    result.status = result.summary.status;
  } else if (session) {
    send_everybody_home(*channel);
  }
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
