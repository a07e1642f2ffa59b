/// What a task is: the command and the conditions it runs under. Plain data; knows nothing of scheduling.
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "farm/needs.hpp"

namespace farm {

/// Part of a file.
struct FileRange {
  std::string path;  ///< absolute, as seen where the task runs
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;
  friend bool operator==(const FileRange&, const FileRange&) = default;
};

/// A file that is written before every attempt, with the directories it is in.
struct FileContent {
  std::string path;  ///< relative to the task's directory, or absolute; with a slash at its end, a directory
  std::string bytes;
  friend bool operator==(const FileContent&, const FileContent&) = default;
};

/// What depends on the slot is known only when the task starts: in `command`, `argv`, `cwd`, `env`, `files`, `tag` and
/// `results` a pair of NULs encloses an expression that is replaced by its value then (see sweep/late.hpp).
struct TaskSpec {
  /// A shell line, as bytes, and not necessarily UTF-8. Unused when `argv` is not empty.
  std::string command;
  /// When not empty, executed as it is, without a shell. argv[0] is looked up in PATH.
  std::vector<std::string> argv;

  std::string name;  ///< unique in the manifest, or empty; a name is the task's identity across edits of the manifest
  std::string cwd;   ///< absolute, or empty for the directory farm was started in
  std::vector<std::pair<std::string, std::string>> env;  ///< added to (or replacing) what the task inherits
  std::string tag;  ///< what `--tag` puts before its lines; empty means the command line

  /// What it reads on its standard input, one part after the other; none: nothing (/dev/null).
  std::vector<FileRange> stdin_parts;
  /// Which version of those files is meant, in whatever words: part of the task's identity like the parts themselves,
  /// so that new data under an old name make it another task.
  std::string stdin_version;
  /// Gets farm's own standard input where that can be had: without a launcher, on this host.
  bool inherits_stdin = false;
  std::vector<FileContent> files;

  /// `--results`: "DIR/" for DIR/stdout, DIR/stderr and DIR/seq, else "FILE" for FILE, FILE.err and FILE.seq; empty for
  /// none. Relative to the directory farm was started in.
  std::string results;
  std::vector<std::string> values;  ///< of a sweep's sources, in order, for tables of results

  std::optional<std::chrono::nanoseconds> timeout;  ///< unset: the run's default
  std::optional<std::uint32_t> tries;               ///< attempts in all, 0 without limit; unset: the run's default

  /// Is not to be run after all, and is no failure (`skip()`, `--filter`).
  bool skip = false;

  /// True when everything before this task must have ended before it may start (`#FARM barrier`).
  bool after_barrier = false;

  /// Names of tasks, or patterns of names with `*`, `?` and `[...]`, that must have succeeded before this one starts.
  std::vector<std::string> after;
  /// Files it reads and files it makes, relative to its directory: who makes a file goes before those who read it.
  /// An attempt is told temporary names for what it makes (FARM_OUTPUT, FARM_OUTPUT_1, ...), which become the files'
  /// own when it has succeeded; one that leaves a file unmade has failed.
  std::vector<std::string> inputs;
  std::vector<std::string> outputs;
  /// Files that its standard streams are connected to, relative to its directory; empty: as usual. What it prints to
  /// such a file is nowhere else (but for the last 4 KiB of the errors of an attempt that failed), and has its name
  /// only once the attempt has succeeded.
  std::string stdin_file;
  std::string stdout_file;
  std::string stderr_file;
  /// A program that stays, to which the task is handed as a line of text instead of being run; empty: the run's, or
  /// none. `argv`, if not empty, goes along as its arguments.
  std::string resident;

  Needs needs;
  std::int32_t priority = 0;                     ///< the higher the sooner
  std::optional<std::chrono::nanoseconds> cost;  ///< how long it will probably take
  std::optional<RetryRule> retry_on;             ///< unset: the run's default

  /// Where it says what it needs, as "jobs.txt:3:12", for messages; empty when it needs nothing or nobody knows. Stays
  /// with rank 0.
  std::string place;

  /// As new, but keeps the memory of its texts: for a source that makes millions.
  void clear() {
    for (std::string* text :
         {&command, &name, &cwd, &tag, &results, &stdin_file, &stdout_file, &stderr_file, &resident, &place}) {
      text->clear();
    }
    for (std::vector<std::string>* list : {&argv, &values, &after, &inputs, &outputs}) list->clear();
    env.clear();
    stdin_parts.clear();
    files.clear();
    needs = {};
    priority = 0;
    inherits_stdin = skip = after_barrier = false;
    timeout.reset();
    tries.reset();
    cost.reset();
    retry_on.reset();
  }

  friend bool operator==(const TaskSpec&, const TaskSpec&) = default;
};

}  // namespace farm
