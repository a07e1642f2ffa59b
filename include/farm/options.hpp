/// Everything a run can be told, as one plain struct; each command-line option is one field. Nothing here is read from
/// the environment: whoever fills it in has done that at the edge.
#pragma once
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "farm/needs.hpp"
#include "farm/sweep.hpp"

namespace farm {

/// When a run stops early because of how its tasks end (`--halt WHEN,WHY=VALUE`).
struct HaltRule {
  enum class When {
    never,
    soon,  ///< start nothing more, let what runs end
    now,   ///< end what runs too
  };
  enum class Why { fail, success, done };

  When when = When::never;
  Why why = Why::fail;
  std::uint64_t count = 0;  ///< so many tasks; 0 when a percentage is meant
  double percent = 0;       ///< of all tasks, which makes farm count them first

  friend bool operator==(const HaltRule&, const HaltRule&) = default;
};

/// How many slots a node offers (`-j`), relative to the processors this job may use there.
struct SlotRule {
  enum class Kind {
    automatic,  ///< the processors divided by the worker ranks of the node, at least 1
    count,      ///< `number` slots per node (`-j 8`)
    percent,    ///< `number` percent of the processors (`-j 50%`)
    more,       ///< the processors plus `number`, which may be negative (`-j +2`, `-j -1`)
  };
  Kind kind = Kind::automatic;
  std::int64_t number = 0;

  friend bool operator==(const SlotRule&, const SlotRule&) = default;
};

/// One of `count` farms that divide a manifest: task number, number + count, ... are its (`--shard NUMBER/COUNT`).
struct Shard {
  std::uint32_t number = 1;  ///< from 1 to count
  std::uint32_t count = 1;

  friend bool operator==(const Shard&, const Shard&) = default;
};

enum class Durability {
  task,      ///< a task is reported only after its record is on the disk
  interval,  ///< records reach the disk every 200 ms (the default)
  none,      ///< the operating system decides
};

enum class OutputMode {
  group,        ///< a task's output in one piece when it ends
  line_buffer,  ///< whole lines as they come
  quiet,        ///< none; it stays retrievable with `farm output`
};

enum class ProgressMode { automatic, bar, plain, json, none };

/// What of an earlier run's joblog is not run again.
enum class Resume {
  nothing,  ///< a joblog that exists is overwritten
  logged,   ///< `--resume`: every task in it
  good,     ///< `--resume-failed`: those that succeeded; the others run as they stand in this manifest or sweep
  failed,   ///< `--retry-failed`: only those that failed run, with the commands in the joblog
};

enum class Verbosity {
  none,
  with_output,  ///< `-v`: the command line before the task's output, on standard output
  at_start,     ///< `-t`: when it starts, on standard error
};

/// What farm and a resident program say to each other (README, "Resident programs").
enum class ResidentProtocol : std::uint8_t {
  lines,  ///< a task is a line, its output is a line
  json,   ///< each an object on a line
};

struct RunOptions {
  std::string manifest;  ///< a path, or "-" for standard input; unused when `sweep` is set
  std::optional<Sweep> sweep;
  std::optional<Shard> shard;          ///< `--shard`: of the manifest; unset: all of it
  std::optional<std::string> run_dir;  ///< `--run`; unset: beside the manifest, or temporary for standard input
  bool fresh = false;                  ///< set an existing run aside and start over
  bool salvage = false;                ///< read a damaged journal as far as it can be read
  Durability durability = Durability::interval;

  SlotRule slots;
  std::string slots_file;  ///< `-j FILE` of a sweep: absolute; what it says while the run goes on counts from then on
  std::optional<std::uint32_t> rank0_slots;  ///< unset: rank 0 runs tasks only when it is alone
  std::uint32_t tries = 1;                   ///< `--retries`: attempts per task in all, 0 without limit
  std::optional<std::chrono::nanoseconds> timeout;
  std::chrono::nanoseconds delay{0};  ///< between any two task starts of the whole run
  HaltRule halt;
  std::optional<double> timeout_percent;     ///< `--timeout 200%`: of the median duration of what succeeded
  bool delay_grows = false;                  ///< `--delay 1auto`: 1.3 times after a failure, 0.9 times after a success
  std::optional<std::uint64_t> free_memory;  ///< `--memfree`: bytes a node must have free before a task starts there
  std::optional<SlotRule> load;              ///< `--load`: a node whose load is at least that starts nothing
  RetryRule retry_on;                        ///< `--retry-on`: for tasks that do not say it themselves
  std::chrono::nanoseconds retry_pause{
      10'000'000};  ///< `--retry-delay`: before a second attempt; doubled for every further one
  std::map<std::string, std::uint32_t> tokens;  ///< `--token NAME=COUNT`, for all nodes together
  bool keep_going = false;                      ///< goes on although the first tasks all find no program
  bool speculate = false;                       ///< second attempts for stragglers at the end, elsewhere
  bool by_mtime = false;                        ///< outputs newer than all inputs are not made again
  /// `--grace`: so long before the end of the allocation running tasks are asked to end; unset: 2 percent of what is
  /// left of it at the start, at most 30 s.
  std::optional<std::chrono::nanoseconds> grace;
  int grace_signal = 0;                      ///< what they are sent then; 0: the usual termination sequence
  std::optional<std::uint64_t> node_memory;  ///< `--node-mem`: bytes; unset: what this job may use of each node
  std::optional<std::uint32_t> node_cpus;    ///< `--node-cpus`
  std::optional<std::uint32_t> node_gpus;    ///< `--node-gpus`; 0: farm leaves GPUs alone
  /// `--walltime`: when the allocation ends, since the epoch; unset: when the batch system says so.
  std::optional<std::chrono::nanoseconds> ends_at;
  /// How long the allocation was or is from its start to its end; unset: not known. A task that takes longer would not
  /// end in another one like it either.
  std::optional<std::chrono::nanoseconds> allocation_length;
  /// `--heartbeat`: a worker rank that is silent for so long is lost; 0: never.
  std::chrono::nanoseconds heartbeat{15'000'000'000};
  int nice = 0;                  ///< `--nice`: added to the tasks' niceness
  std::uint32_t task_procs = 0;  ///< `--task-procs`: so many processes a task may have at a time; 0: any number
  std::string slot_variable;     ///< `--process-slot-var`: set to slot - 1; empty: none
  std::string shell;             ///< runs what is not a plain command; empty: $SHELL, else /bin/sh
  std::string term_sequence;     ///< `--termseq TERM,200,KILL,25`: how tasks are ended; empty: as usual
  bool shell_always = false;     ///< `--shell` was given: plain commands go through it, too
  /// `--resident`: a program that stays and is handed the tasks, for those that do not name one themselves; empty:
  /// none.
  std::string resident;
  ResidentProtocol resident_protocol = ResidentProtocol::lines;  ///< `--resident-protocol`, of all of them
  std::uint32_t resident_tasks = 0;  ///< `--resident-tasks`: each process gets so many and is replaced; 0: any number
  bool allow_outside = false;        ///< names that values make for files may lead out of the directories typed
  bool redact = false;               ///< secrets in commands are neither written down nor shown (see base/redact.hpp)
  bool dry_run = false;

  OutputMode output = OutputMode::group;
  bool keep_order = false;
  bool tag = false;
  Verbosity verbosity = Verbosity::none;
  bool file_names = false;          ///< `--files`: prints the names of files with the output instead of it
  std::string joblog;               ///< path; empty: none
  bool append_joblog = false;       ///< `--joblog +FILE`: no heading
  Resume resume = Resume::nothing;  ///< needs `joblog`
  std::string results;              ///< `--results DIR`: for tasks that do not say where their results go
  std::string results_table;        ///< `--results` FILE.csv, FILE.tsv or FILE.json; "-.csv" for standard output
  ProgressMode progress = ProgressMode::automatic;
  bool color = true;
};

}  // namespace farm
