/// Reads tasks as the scheduler asks for them, and keeps what they are until they are settled. Knows which of them need
/// not run again; nothing of workers.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>

#include "core/event.hpp"
#include "farm/options.hpp"
#include "farm/task.hpp"
#include "manifest/task_source.hpp"
#include "node/printer.hpp"
#include "store/journal.hpp"
#include "store/record.hpp"

namespace farm {

class TaskReader {
 public:
  /// What is known of a task from elsewhere; each is asked once per task, in order, and may be empty.
  struct Knowledge {
    /// Whether the task had succeeded before this start. What it says goes to the journal only where `record_kept` is
    /// set (a stream, whose tasks were not looked through beforehand).
    std::function<bool(TaskId, const TaskSpec&)> is_kept;
    bool record_kept = false;

    /// Whether a job log or results that are there say that the task is not to be run again. Not for the journal.
    std::function<bool(TaskId, const TaskSpec&)> is_logged;

    /// How long it took the last time; zero where that is not known.
    std::function<Nanos(TaskId, const TaskSpec&)> last_duration;

    /// Whether it was cut short by the end of an allocation the last time.
    std::function<bool(TaskId)> was_preempted;

    /// Whether it may have taken its worker, or all of the farm, along more than once, and may do so again: then a
    /// number that is another one in each start. Such tasks come last, in the order of these numbers: who only ran
    /// beside the one that did it is done at some time.
    std::function<std::optional<std::uint16_t>(TaskId)> suspicion;

    /// Whether it was begun before this start and came to nothing: what it made then may not be whole.
    std::function<bool(TaskId)> was_left_unfinished;
  };

  /// All of it stays the caller's and outlives the reader.
  TaskReader(TaskSource& source, Journal& journal, Printer& printer, const RunOptions& options, Knowledge knowledge);

  /// So many more are wanted.
  void want(std::uint64_t count) { wanted_ += count; }
  bool has_more_to_read() const { return wanted_ > 0 && !waits_for_source_; }

  /// As many of those as are there; nothing when none is.
  std::optional<TasksRead> read();

  /// Whether read() should be called when the source becomes readable.
  bool waits_for_source() const { return waits_for_source_; }

  /// Why the source could not be read to its end; empty while that is not so. What was read stays good.
  const std::string& error() const { return error_; }

  /// Of a task that was read and is not settled.
  const TaskSpec& spec(TaskId task) const { return specs_.at(task); }
  void settled(TaskId task);

  /// Whether it need not run where what it makes is there and newer than what it reads.
  bool goes_by_files(TaskId task) const;

  std::uint64_t known() const { return known_; }
  std::uint64_t skipped() const { return skipped_; }

  /// Journal lines for what was kept since the last call.
  void write_down();

 private:
  void read_one(TasksRead& event);
  Nanos last_duration(TaskId task, const TaskSpec& spec) const;
  NewTask describe(TaskId task, const TaskSpec& spec) const;
  void keep(TaskId task, bool record);

  TaskSource& source_;
  Journal& journal_;
  Printer& printer_;
  const RunOptions& options_;
  Knowledge knowledge_;
  std::unordered_map<TaskId, TaskSpec> specs_;  // of everything read and not settled
  std::uint64_t wanted_ = 0;
  std::uint64_t known_ = 0;
  std::uint64_t skipped_ = 0;
  bool waits_for_source_ = false;
  std::string error_;
  std::optional<TasksKept> kept_;  // the range being collected
};

}  // namespace farm
