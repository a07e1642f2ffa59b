#include "api/open_tasks.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <utility>

#include "api/node_here.hpp"
#include "api/retry_source.hpp"
#include "base/machine.hpp"
#include "base/program_path.hpp"
#include "base/redact.hpp"
#include "base/text.hpp"
#include "expression/regex.hpp"
#include "farm/error.hpp"
#include "manifest/pipe_part_source.hpp"
#include "manifest/read_manifest.hpp"
#include "manifest/round_robin_source.hpp"
#include "manifest/shard_source.hpp"
#include "manifest/sweep_source.hpp"
#include "manifest/tee_source.hpp"
#include "node/slots.hpp"
#include "store/joblog_reader.hpp"

namespace farm {
namespace {

// What --redact has left of a command is not to be run.
void require_commands(const LoggedTasks& logged) {
  for (const auto& [task, command] : logged.failed) {
    if (!is_redacted(command)) continue;
    fail_usage(
        fmt::format("--retry-failed: the job log has no secrets (--redact), and task {} cannot be run without: use "
                    "--resume-failed and the list of tasks",
                    value(task) + 1));
  }
}

LoggedTasks read_log(const RunOptions& options) {
  if (options.resume == Resume::nothing || options.joblog.empty()) return {};
  LoggedTasks logged = read_joblog(options.joblog);
  if (options.resume == Resume::failed && logged.count == 0) {
    fail_usage("--retry-failed: there are no tasks in the job log " + printable(options.joblog));
  }
  if (options.resume == Resume::failed) require_commands(logged);
  return logged;
}

std::optional<TaskSet> not_to_run(const LoggedTasks& logged, Resume resume) {
  switch (resume) {
    case Resume::nothing:
      return std::nullopt;
    case Resume::logged:
      return logged.all;
    case Resume::good:
    case Resume::failed:
      break;
  }
  // A number that the log does not have had not ended: --resume-failed runs it, --retry-failed has no command for it.
  TaskSet tasks;
  for (TaskId task{}; value(task) < logged.count; task = next(task)) {
    const bool is_candidate = resume == Resume::failed || logged.all.contains(task);
    if (is_candidate && !logged.failed.contains(task)) tasks.add(task);
  }
  return tasks;
}

// Every task would fail; other nodes are taken to have what this one has.
void require_shell(const std::string& shell) {
  const char* const path = std::getenv("PATH");
  if (shell.empty() || is_runnable(shell, path == nullptr ? "" : path)) return;
  fail_usage(fmt::format("--shell {}: there is no such program{} (--shell /bin/sh is everywhere)",
                         shell_quote(printable(shell)), shell.find('/') == shell.npos ? " in PATH" : " here"));
}

// Slots of the run, as far as they are known before the workers have said how many they have.
std::uint64_t slots_of(const RunOptions& options, int ranks) {
  const std::uint64_t here = share_slots(options.slots, usable_processors(), 1, 0).slots;
  return std::max<std::uint64_t>(here, static_cast<std::uint64_t>(std::max(ranks - 1, 1)));
}

// More slots than processors are processors that are shared.
Needs room_here(const RunOptions& options) {
  const NodeResources node = node_here(options);
  return {.cpus = std::max(node.cpus, share_slots(options.slots, usable_processors(), 1, 0).slots),
          .memory = node.memory,
          .gpus = static_cast<std::uint32_t>(node.gpus.size()),
          .tokens = {}};
}

OutputNames output_names(const RunOptions& options) {
  return options.allow_outside ? OutputNames::anywhere : OutputNames::stay;
}

SweepTasks::Wanted wanted(const RunOptions& options) {
  return {.tags = options.tag,
          .values = !options.results_table.empty() || options.redact,
          .stdin_for_first = false,
          .output_names = output_names(options)};
}

void open_sweep(const RunOptions& options, const std::string& launch_dir, int ranks, bool with_values, Tasks& tasks) {
  Sweep sweep = *options.sweep;
  sweep.grouping.slots = static_cast<std::uint32_t>(slots_of(options, ranks));
  const bool reads_stdin = sweep.inputs.empty() || std::any_of(sweep.inputs.begin(), sweep.inputs.end(),
                                                               [](const auto& input) { return input.path == "-"; });
  SweepTasks::Wanted wants = wanted(options);
  wants.values = wants.values || with_values;
  wants.stdin_for_first = !reads_stdin && ::isatty(STDIN_FILENO) == 0;
  auto source = std::make_unique<SweepSource>(std::move(sweep), wants, launch_dir);
  tasks.value_names = source->columns();
  tasks.source = std::move(source);
}

// `--wd ...`: a new directory for each task, which all nodes can see and nobody else has. A run that may be carried on
// finds them again.
std::string own_directories(const RunOptions& options, const std::string& launch_dir) {
  const std::string& number = options.sweep->names.sequence;
  if (options.run_dir) return (std::filesystem::path(launch_dir) / *options.run_dir / "wd" / number).string();
  const char* const home = std::getenv("HOME");
  if (home == nullptr || *home == '\0')
    fail_usage("--wd ... makes its directories in ~/.parallel/tmp, and HOME is not set");
  return fmt::format("{}/.parallel/tmp/{}-{}-{}", home, host_name(), ::getpid(), number);
}

void take_shard(Tasks& tasks, Shard shard) {
  if (!tasks.graph.empty()) {
    fail_usage(
        fmt::format("--shard {}/{}: tasks of this manifest wait for others, which another shard may have: run all of "
                    "them together",
                    shard.number, shard.count));
  }
  tasks.source = std::make_unique<ShardSource>(std::move(tasks.source), shard);
}

// --- --pipe and --pipepart ------------------------------------------------------------------------------------------

FindHeader find_header(const std::string& pattern) {
  if (pattern.empty()) return {};
  try {
    return [regex = std::make_shared<Regex>(pattern)](std::string_view beginning) -> std::optional<std::size_t> {
      RegexMatch match;
      if (!regex->find(beginning, 0, match) || match.begin() != 0) return std::nullopt;
      return match.end();
    };
  } catch (const RegexError& error) {
    fail_usage(fmt::format("--header {}: {}", shell_quote(printable(pattern)), error.what()));
  }
}

MakePipeTask make_task(const RunOptions& options, const std::string& launch_dir) {
  auto tasks = std::make_shared<SweepTasks>(*options.sweep, wanted(options), launch_dir, std::vector<std::string>());
  return [tasks](std::uint64_t sequence) {
    TaskSpec task;
    tasks->make(task, {.values = {}, .sequence = sequence, .total = std::nullopt});
    return task;
  };
}

bool is_data(const SweepInput& input) { return input.kind == SweepInput::Kind::file; }

// The data of --pipe and --pipepart. With --tee the other sources have values, as ever.
std::vector<std::string> files_of(const Sweep& sweep) {
  std::vector<std::string> files;
  if (sweep.pipe->tee && !sweep.pipe_part) return files;
  for (const SweepInput& input : sweep.inputs) {
    if (is_data(input)) files.push_back(input.path);
  }
  if ((files.size() < sweep.inputs.size() && !sweep.pipe->tee) || (sweep.pipe_part && files.empty())) {
    fail_usage(sweep.pipe_part ? "--pipepart divides files: name them with -a FILE or :::: FILE"
                               : "--pipe divides data, not values: ::: has no meaning with it");
  }
  return files;
}

// As one block, however much there is.
PipeOptions block_options(const Sweep& sweep) {
  PipeOptions options = *sweep.pipe;
  if (!options.tee) return options;
  options.block = INT64_MAX;
  options.records = options.lines = options.header_lines = 0;
  options.regexp = false;
  options.header_pattern.clear();
  return options;
}

// `data` with what --tee and --round-robin make of it.
std::unique_ptr<TaskSource> deal(std::unique_ptr<TaskSource> data, const RunOptions& options,
                                 const std::string& launch_dir, int ranks) {
  const Sweep& sweep = *options.sweep;
  if (sweep.pipe->round_robin) {
    return std::make_unique<RoundRobinSource>(std::move(data), slots_of(options, ranks),
                                              make_task(options, launch_dir));
  }
  if (!sweep.pipe->tee) return data;
  Sweep values = sweep;
  if (sweep.pipe_part) std::erase_if(values.inputs, [](const SweepInput& input) { return is_data(input); });
  if (values.inputs.empty()) fail_usage("--tee gives the data to a task for each value: name values with ::: or ::::");
  return std::make_unique<TeeSource>(std::move(data),
                                     std::make_unique<SweepSource>(std::move(values), wanted(options), launch_dir));
}

void open_pipe(const RunOptions& options, const std::string& launch_dir, int ranks, Tasks& tasks) {
  const Sweep& sweep = *options.sweep;
  const std::vector<std::string> files = files_of(sweep);
  const bool is_stdin = files.empty() || files.front() == "-";
  if (files.size() > 1) fail_usage("--pipe reads one stream: cat the files into it, or use --pipepart");
  UniqueFd stream(is_stdin ? ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
                           : ::open(files.front().c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  if (!stream) {
    fail_usage(fmt::format("cannot read {}: {}", is_stdin ? "standard input" : printable(files.front()),
                           std::strerror(errno)));
  }
  PipeSource::Setup setup;
  if (!is_stdin) setup.name = files.front();
  setup.options = block_options(sweep);
  setup.find_header = find_header(setup.options.header_pattern);
  // Until somebody says where to keep it, as for a dry run.
  setup.open_spool = [] { return PipeSource::Spool{UniqueFd(::open("/dev/null", O_WRONLY | O_CLOEXEC)), "/dev/null"}; };
  setup.is_remote = ranks > 1;
  setup.make = make_task(options, launch_dir);
  auto source = std::make_unique<PipeSource>(std::move(stream), std::move(setup));
  tasks.pipe = source.get();
  tasks.source = deal(std::move(source), options, launch_dir, ranks);
}

void open_pipe_part(const RunOptions& options, const std::string& launch_dir, int ranks, Tasks& tasks) {
  const Sweep& sweep = *options.sweep;
  PipePartSource::Setup setup;
  setup.files = files_of(sweep);
  setup.options = block_options(sweep);
  setup.find_header = find_header(setup.options.header_pattern);
  setup.slots = slots_of(options, ranks);
  setup.launch_dir = launch_dir;
  setup.make = make_task(options, launch_dir);
  tasks.source = deal(std::make_unique<PipePartSource>(std::move(setup)), options, launch_dir, ranks);
}

}  // namespace

Tasks open_tasks(const RunOptions& given, const std::string& launch_dir, int ranks, bool with_values) {
  if (!given.dry_run) require_shell(given.shell);
  RunOptions options = given;
  if (options.sweep && options.sweep->directory == "...")
    options.sweep->directory = own_directories(options, launch_dir);
  LoggedTasks logged = read_log(options);
  Tasks tasks;
  tasks.logged = not_to_run(logged, options.resume);
  if (options.resume == Resume::failed) {
    tasks.source = std::make_unique<RetrySource>(std::move(logged.failed), logged.count);
  } else if (!options.sweep) {
    Supply supply{.tokens = options.tokens, .node = std::nullopt};
    if (ranks == 1) supply.node = room_here(options);
    Manifest manifest = read_manifest(options.manifest, launch_dir, supply, output_names(options));
    tasks.source = std::move(manifest.source);
    tasks.graph = std::move(manifest.graph);
    if (options.shard) take_shard(tasks, *options.shard);
  } else if (!options.sweep->pipe) {
    open_sweep(options, launch_dir, ranks, with_values, tasks);
  } else if (options.sweep->pipe_part) {
    open_pipe_part(options, launch_dir, ranks, tasks);
  } else {
    open_pipe(options, launch_dir, ranks, tasks);
  }
  return tasks;
}

}  // namespace farm
