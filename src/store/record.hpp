/// What a journal says, as values: one struct per kind of line. The text form is journal_format.hpp's business.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "base/fingerprint.hpp"
#include "farm/ids.hpp"
#include "farm/outcome.hpp"

namespace farm {

/// Where one stream of an attempt lies. Frames of a stream are chained backwards, so that the place of the last one is
/// enough, however much was printed.
struct OutputRef {
  std::uint64_t bytes = 0;       ///< of the stream, in all; 0: nothing was printed and the rest means nothing
  std::uint32_t segment = 0;     ///< the number in the segment's file name
  std::uint64_t last_frame = 0;  ///< offset of the last frame in that file
  friend bool operator==(const OutputRef&, const OutputRef&) = default;
};

/// The first line of a journal.
struct RunStarted {
  std::string run;                    ///< the run's id, the same in all its journals
  std::uint32_t start = 1;            ///< this journal's number
  std::string manifest;               ///< path as given
  std::optional<Fingerprint> digest;  ///< of manifest and launch directory; absent for a stream
  bool continues = false;             ///< ordinals of the journal before it hold here, too
  std::string directory;              ///< launch directory
  std::string host;
  std::int32_t pid = 0;
  Nanos time{0};  ///< wall clock
  std::string farm_version;
  friend bool operator==(const RunStarted&, const RunStarted&) = default;
};

/// Tasks [first, last] of this manifest had succeeded under an earlier manifest and are not run again.
struct TasksKept {
  TaskId first{};
  TaskId last{};
  friend bool operator==(const TasksKept&, const TasksKept&) = default;
};

/// These attempts were handed to a worker. What was handed out and never ended was lost.
struct TasksSent {
  struct Item {
    TaskId task{};
    Attempt attempt{};
    friend bool operator==(const Item&, const Item&) = default;
  };
  Rank worker{};
  Nanos time{0};
  std::vector<Item> items;
  friend bool operator==(const TasksSent&, const TasksSent&) = default;
};

struct AttemptEnded {
  TaskId task{};
  Attempt attempt{};
  Rank worker{};
  std::string host;
  std::uint32_t slot = 0;
  Outcome outcome;
  bool final = true;  ///< false: it will be tried again
  Fingerprint identity;
  std::string name;     ///< the task's name or empty
  std::string command;  ///< bytes
  OutputRef out;
  OutputRef err;
};

struct WorkerJoined {
  Rank worker{};
  std::string host;
  std::int32_t pid = 0;
  std::uint32_t slots = 0;
  Nanos time{0};
  friend bool operator==(const WorkerJoined&, const WorkerJoined&) = default;
};

struct WorkerLost {
  Rank worker{};
  std::string why;
  Nanos time{0};
  friend bool operator==(const WorkerLost&, const WorkerLost&) = default;
};

/// The last line of a run that ended in order.
struct RunEnded {
  std::uint64_t succeeded = 0;
  std::uint64_t failed = 0;
  std::optional<std::uint64_t> left;  ///< unknown when the manifest was not read to its end
  std::string why;                    ///< "done", "halt", "signal", ...
  Nanos time{0};
  friend bool operator==(const RunEnded&, const RunEnded&) = default;
};

using Record = std::variant<RunStarted, TasksKept, TasksSent, AttemptEnded, WorkerJoined, WorkerLost, RunEnded>;

}  // namespace farm
