/// Everything rank 0 must have before the first task may start: the manifest checked, the run directory locked, what
/// earlier starts achieved known, the journal begun.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_set>

#include "api/open_tasks.hpp"
#include "base/clock.hpp"
#include "core/task_graph.hpp"
#include "farm/observer.hpp"
#include "farm/options.hpp"
#include "store/file_journal.hpp"
#include "store/joblog.hpp"
#include "store/replay.hpp"
#include "store/result_table.hpp"
#include "store/run_dir.hpp"
#include "store/segment_writer.hpp"

namespace farm {

struct PreparedRun {
  std::string launch_dir;
  std::unique_ptr<TaskSource> source;
  TaskGraph graph;  ///< of the tasks that wait for others
  RunDir dir;
  bool is_ephemeral = false;  ///< the directory is temporary
  std::string aside;          ///< where an earlier run went that was in its place (`--fresh`); empty: there was none
  std::string run;            ///< id
  std::uint32_t start = 1;
  std::unique_ptr<SegmentWriter> segment;
  std::unique_ptr<FileJournal> journal;   // points into the segment
  TaskSet kept;                           ///< by ordinal; for a source with a digest
  IdentityPool kept_identities;           ///< for a stream
  DurationTable durations;                ///< of an earlier run of the same manifest
  TaskSet preempted;                      ///< in the start before this one
  std::unordered_set<TaskId> unfinished;  ///< begun earlier, and what they made may not be whole
  std::unordered_set<TaskId> suspects;    ///< may have taken workers along
  std::unique_ptr<Joblog> joblog;
  UniqueFd results_table;
  std::vector<std::string> value_names;  ///< heads of its columns for the tasks' values
  bool has_lost_results = false;         ///< the run directory is the only place that has them
  std::optional<TaskSet> logged;         ///< what the job log says is not to be run again
  PipeSource* pipe = nullptr;            ///< the source, where it needs a file in the directory to keep its data in
};

/// `ranks` of the whole run. Throws Error (usage) with nothing run; all that is said is for the user.
PreparedRun prepare_run(const RunOptions& options, int ranks, RunObserver& observer, const Clock& clock);

/// Nothing was run: what prepare_run() has made goes, unless there had been an earlier start in it, and what it has set
/// aside comes back. Clears the path of the summary when there is nothing any more.
void take_back(PreparedRun& run, RunSummary& summary, RunObserver& observer);

/// Where the run of `manifest` lives: beside it, `jobs.txt` -> `jobs.farm`, and of its second shard of four
/// `jobs.2of4.farm`.
std::string run_dir_of(const std::string& manifest, const std::optional<Shard>& shard = std::nullopt);

/// The directory this process was started in. Throws Error (usage) when it is gone.
std::string launch_directory();

}  // namespace farm
