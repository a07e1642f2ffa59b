#include "api/master_side.hpp"

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <random>

#include "api/worker_side.hpp"
#include "base/machine.hpp"
#include "core/task_files.hpp"
#include "farm/error.hpp"
#include "node/master.hpp"
#include "store/start_watch.hpp"
#include "wire/loopback.hpp"

namespace farm {
namespace {

using namespace std::chrono_literals;

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
  bool is_asked() const { return asked_; }

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
      .redact = options.redact,
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

Printer::Setup printer_setup(const RunOptions& options, PreparedRun& prepared, RunObserver& observer) {
  return {
      .mode = options.output,
      .keep_order = options.keep_order,
      .tag = options.tag,
      .open = [&prepared](const StreamKey& key, const OutputRef& ref) { return OutputReader(prepared.dir, key, ref); },
      .durable = options.durability == Durability::task ? [&prepared] { return prepared.journal->durable(); }
                                                        : std::function<std::uint64_t()>(),
      .before_write = [&observer] { observer.before_output(); },
      .after_write = [&observer](bool line_open) { observer.after_output(line_open); },
      .complain = [&observer](const std::string& line) { observer.notice(line); }};
}

// What the job log, or the files of results, say is not to be run again.
std::function<bool(TaskId, const TaskSpec&)> logged(const RunOptions& options, PreparedRun& prepared,
                                                    ResultWriter& results) {
  if (!prepared.logged) return {};
  const bool goes_by_results = options.resume == Resume::logged && options.joblog.empty();
  return [&prepared, &results, goes_by_results](TaskId task, const TaskSpec& spec) {
    return goes_by_results ? results.has_left(spec, task) : prepared.logged->contains(task);
  };
}

TaskReader::Knowledge knowledge_of(const RunOptions& options, PreparedRun& prepared, ResultWriter& results) {
  const bool is_stream = !prepared.source->digest();
  // With --by-mtime files say what is done, where there are any.
  const auto is_kept = [&options, &prepared, is_stream](TaskId task, const TaskSpec& spec) {
    const bool is_done =
        is_stream ? prepared.kept_identities.take(identity(spec, prepared.launch_dir)) : prepared.kept.contains(task);
    return is_done && !(options.by_mtime && !files_of(spec, prepared.launch_dir).outputs.empty());
  };
  return {.is_kept = is_kept,
          .record_kept = is_stream,
          .is_logged = logged(options, prepared, results),
          .last_duration = [&prepared](TaskId task, const TaskSpec&) { return prepared.durations.of(task); },
          .was_preempted = [&prepared](TaskId task) { return prepared.preempted.contains(task); },
          .suspicion = [&prepared](TaskId task) { return suspicion(prepared, task); },
          .was_left_unfinished = [&prepared](TaskId task) { return prepared.unfinished.contains(task); }};
}

// Between two looks of rank 0 at whether it is still the last start of its run.
constexpr Nanos look_pause = 5s;

}  // namespace

RunSummary master_loop(const Process& process, PreparedRun& prepared, const MpiSession* session, MpiChannel* remote,
                       RunObserver& observer) {
  keep_input(prepared);
  Loopback board;
  std::optional<JoinedChannel> joined;
  if (remote != nullptr) joined.emplace(master_rank, board.master(), *remote);
  Channel& channel = joined ? static_cast<Channel&>(*joined) : board.master();

  Printer printer(printer_setup(process.options, prepared, observer), process.poller);
  ResultWriter results(results_setup(process.options, prepared, observer), printer);
  const std::optional<TimePoint> end = end_of(process);
  const bool has_graph = !prepared.graph.empty();
  Master master({.channel = channel,
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
                 .knowledge = knowledge_of(process.options, prepared, results),
                 .graph = std::move(prepared.graph),
                 .has_graph = has_graph,
                 .end = end,
                 .grace = grace_before(end, process),
                 .orders_by_weight = !prepared.durations.is_empty()});
  Interruption interruption;
  ResidentLauncher launcher = make_launcher(process);
  Worker worker = make_worker(process, session, board.worker(master_rank), launcher,
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
  printer.pump();  // what waited for that
  // Who was told to end may not have the time.
  if (!interruption.is_asked()) see_residents_off(process, launcher, shepherd);
  return summary;
}

}  // namespace farm
