/// What becomes of what attempts print and how they end: the journal's record, the stored output, what is shown, the
/// tables and files. Knows nothing of workers' state or of scheduling: the master says which reports count.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "core/event.hpp"
#include "farm/options.hpp"
#include "farm/task.hpp"
#include "node/printer.hpp"
#include "node/result_writer.hpp"
#include "store/joblog.hpp"
#include "store/journal.hpp"
#include "store/record.hpp"
#include "store/segment_writer.hpp"
#include "wire/message.hpp"

namespace farm {

class ResultDesk {
 public:
  /// All of it stays the caller's and outlives the desk.
  struct Parts {
    Journal& journal;
    SegmentWriter& segment;  ///< output that no worker has stored
    Printer& printer;
    const Clock& clock;
    ResultWriter* results;
    Joblog* joblog;
  };

  /// How an attempt that counts ended.
  struct End {
    AttemptKey key;
    Rank worker{};
    std::string host;
    std::uint32_t slot = 0;
    Outcome outcome;
    bool final = true;  ///< the last word on the task
  };

  /// Its streams: where they were stored, and what came with the report.
  struct Streams {
    StreamPlace out;
    StreamPlace err;
    std::string_view out_text;
    std::string_view err_text;
  };

  /// `host`: the master's own, which the job log calls ":".
  ResultDesk(Parts parts, const RunOptions& options, std::string launch_dir, std::string host);

  /// A part of a stream of a running attempt.
  void chunk(const OutputChunk& chunk, const TaskSpec& task);

  /// Writes the end down and, where it is final, passes the output on. Returns the command line as it ran, less what
  /// is not to be shown of it.
  std::string ended(const End& end, const Streams& streams, const TaskSpec& task);

  /// The attempt was lost: what it printed so far is nobody's.
  void forget(AttemptKey key) { begun_.erase(key); }

 private:
  struct Stored {
    OutputRef out;
    OutputRef err;
  };
  // What comes before a task's lines, and before the first of them.
  struct Heading {
    std::string tag;
    std::string line;
  };
  struct Begun {
    Stored stored;
    std::optional<Heading> heading;
  };

  OutputRef store(AttemptKey key, Stream stream, const StreamPlace& place, const OutputRef& before,
                  std::string_view rest);
  void conclude(const AttemptEnded& end, const Streams& streams, const TaskSpec& task, const TaskSpec& shown);
  std::optional<TaskSpec> without_secrets(const TaskSpec& task) const;
  bool has_results(const TaskSpec& task) const { return parts_.results != nullptr && parts_.results->wants(task); }
  Heading heading_of(const TaskSpec& task) const;
  std::string tag_of(const TaskSpec& task) const;
  std::string line_before(const TaskSpec& task) const;

  Parts parts_;
  const RunOptions& options_;
  std::string launch_dir_;
  std::string host_;
  std::map<AttemptKey, Begun> begun_;  // running attempts that print through the master
};

}  // namespace farm
