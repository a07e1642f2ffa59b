#include "api/prepare.hpp"

#include <fmt/format.h>
#include <sys/random.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <utility>

#include "base/machine.hpp"
#include "base/text.hpp"
#include "farm/error.hpp"
#include "farm/version.hpp"

namespace farm {
namespace {

std::string new_run_id() {
  std::uint32_t random = 0;
  if (::getrandom(&random, sizeof random, 0) != static_cast<ssize_t>(sizeof random))
    random = static_cast<unsigned>(::getpid());
  return fmt::format("{:08x}", random);
}

// What starts over may still learn from the run it replaces.
DurationTable earlier_durations(const std::string& aside, const std::optional<Fingerprint>& digest) {
  if (aside.empty()) return {};
  try {
    const RunDir dir = RunDir::view(aside);
    const Replay replay(dir, JournalReader::Damage::skip);
    return replay.continues(digest) ? replay.load(Replay::By::ordinal).durations : DurationTable();
  } catch (const Error&) {
    return {};  // only the order is the worse for it
  }
}

// What was set aside, if anything was. False when nothing came back.
bool bring_back(const std::string& aside, const std::string& path, RunObserver& observer) {
  if (aside.empty() || ::rename(aside.c_str(), path.c_str()) != 0) return false;
  observer.notice("the earlier run is in " + path + " again");
  return true;
}

RunDir open_run_dir(const RunOptions& options, bool is_ephemeral, const Clock& clock, RunObserver& observer,
                    std::string& aside) {
  if (is_ephemeral) {
    const char* temporary = std::getenv("TMPDIR");
    return RunDir::temporary(temporary != nullptr && *temporary != '\0' ? temporary : "/tmp", clock);
  }
  const std::string path = options.run_dir.value_or(run_dir_of(options.manifest, options.shard));
  if (options.fresh) {
    aside = RunDir::set_aside(path, clock);
    if (!aside.empty()) observer.notice("the earlier run is kept in " + aside);
  }
  try {
    return RunDir::open(path, clock);
  } catch (const Error&) {
    bring_back(aside, path, observer);
    throw;
  }
}

// An edited manifest is looked through once, so that the journal of this start says by ordinal what had been done, and
// the next start of the same manifest need not ask again.
void keep_by_identity(PreparedRun& run, IdentityPool successes) {
  TasksKept range;
  bool is_open = false;
  const auto close = [&] {
    if (is_open) run.journal->append(range);
    is_open = false;
  };
  TaskSpec task;
  for (TaskId id{}; run.source->next(task) == TaskSource::Next::task; id = next(id)) {
    if (task.skip || !successes.take(identity(task, run.launch_dir))) {
      close();
      continue;
    }
    run.kept.add(id);
    if (!is_open) range.first = id;
    range.last = id;
    is_open = true;
  }
  close();
  run.source->rewind();
}

void begin_journal(PreparedRun& run, const RunOptions& options, bool continues, const Clock& clock) {
  RunDir::File file = run.dir.create_journal();
  run.start = file.number;
  run.journal = std::make_unique<FileJournal>(std::move(file.fd), file.path, options.durability);
  run.journal->append(RunStarted{.run = run.run,
                                 .start = run.start,
                                 .manifest = options.manifest,
                                 .digest = run.source->digest(),
                                 .continues = continues,
                                 .directory = run.launch_dir,
                                 .host = host_name(),
                                 .pid = ::getpid(),
                                 .time = clock.wall(),
                                 .farm_version = version});
}

void require_room(PreparedRun& run) {
  run.journal->write();
  const std::string trouble = run.journal->trouble();
  if (!trouble.empty()) fail_usage("nothing was run: " + trouble);
}

std::unique_ptr<Joblog> open_joblog(const RunOptions& options) {
  if (options.joblog.empty()) return nullptr;
  const Joblog::How how = options.resume != Resume::nothing ? Joblog::How::carry_on
                          : options.append_joblog           ? Joblog::How::add
                                                            : Joblog::How::overwrite;
  return std::make_unique<Joblog>(options.joblog, how);
}

// Everything that comes after the directory: what was done before, and the files this start writes.
void begin(PreparedRun& run, const Tasks& tasks, const RunOptions& options, RunObserver& observer, const Clock& clock) {
  if (!run.dir.notice().empty()) observer.notice(run.dir.notice());

  const Replay replay(run.dir, options.salvage ? JournalReader::Damage::skip : JournalReader::Damage::refuse);
  const bool continues = replay.continues(run.source->digest());
  History history = replay.load(continues ? Replay::By::ordinal : Replay::By::identity);
  for (const std::string& note : history.notes) observer.notice(note);
  run.run = replay.last() ? replay.last()->run : new_run_id();

  begin_journal(run, options, continues, clock);
  if (continues) {
    run.kept = std::move(history.succeeded);
    run.durations = std::move(history.durations);
    run.preempted = std::move(history.preempted);
    run.unfinished = std::move(history.unfinished);
    run.suspects = std::move(history.suspects);
  } else if (run.source->digest()) {
    if (history.successes.size() > 0) keep_by_identity(run, std::move(history.successes));
  } else {
    run.kept_identities = std::move(history.successes);
  }
  if (run.durations.is_empty()) run.durations = earlier_durations(run.aside, run.source->digest());
  require_room(run);
  run.joblog = open_joblog(options);
  run.pipe = tasks.pipe;
  if (!options.results_table.empty()) run.results_table = open_table(options.results_table);
  run.segment = std::make_unique<SegmentWriter>(run.dir.create_segment());
  // What nobody keeps need not survive a power failure: much output would be long on its way.
  using Sync = FileJournal::Sync;
  run.journal->points_into(run.segment->file(), run.is_ephemeral ? Sync::not_needed : Sync::too);
}

// Leaves things as they were before a start that is refused, if it is the first in its directory. Returns whether
// nothing of it is left.
bool undo(PreparedRun& run, RunObserver& observer) {
  const bool is_first = run.journal != nullptr && run.start == 1;
  run.journal.reset();
  run.segment.reset();
  const std::string path = run.dir.path();
  return is_first && run.dir.remove() && !bring_back(run.aside, path, observer);
}

}  // namespace

std::string run_dir_of(const std::string& manifest, const std::optional<Shard>& shard) {
  const std::string extension = shard ? fmt::format(".{}of{}.farm", shard->number, shard->count) : ".farm";
  return std::filesystem::path(manifest).replace_extension(extension).string();
}

std::string launch_directory() {
  std::error_code error;
  const auto path = std::filesystem::current_path(error);
  if (error) fail_usage("the current directory cannot be used (" + error.message() + "): change to one that exists");
  return path.string();
}

PreparedRun prepare_run(const RunOptions& options, int ranks, RunObserver& observer, const Clock& clock) {
  std::string launch_dir = launch_directory();
  Tasks tasks = open_tasks(options, launch_dir, ranks);
  const bool is_ephemeral = !options.run_dir && (options.sweep || !tasks.source->digest());
  std::string aside;
  PreparedRun run{.launch_dir = std::move(launch_dir),
                  .source = std::move(tasks.source),
                  .graph = std::move(tasks.graph),
                  .dir = open_run_dir(options, is_ephemeral, clock, observer, aside),
                  .is_ephemeral = is_ephemeral,
                  .aside = {},
                  .run = {},
                  .start = 1,
                  .segment = nullptr,
                  .journal = nullptr,
                  .kept = {},
                  .kept_identities = {},
                  .durations = {},
                  .preempted = {},
                  .unfinished = {},
                  .suspects = {},
                  .joblog = nullptr,
                  .results_table = {},
                  .value_names = std::move(tasks.value_names),
                  .logged = std::move(tasks.logged)};
  run.aside = std::move(aside);
  try {
    begin(run, tasks, options, observer, clock);
  } catch (const Error&) {
    undo(run, observer);
    throw;
  }
  return run;
}

void take_back(PreparedRun& run, RunSummary& summary, RunObserver& observer) {
  if (undo(run, observer)) summary.run_dir.clear();
}

}  // namespace farm
