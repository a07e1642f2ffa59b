/// What ranks say to each other. Every message is flat: a vector of plain structs and one blob of text, so that
/// encoding it costs a memcpy however many tasks it carries. Knows nothing of how messages travel.
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/grant.hpp"
#include "farm/ids.hpp"
#include "farm/outcome.hpp"
#include "farm/task.hpp"

namespace farm {

/// Raised with every change to a message; ranks of different protocols refuse to work together.
inline constexpr std::uint32_t protocol_version = 7;

// --- worker to master -----------------------------------------------------------------------------------------------

/// The first message of a worker.
struct Hello {
  std::uint32_t protocol = protocol_version;
  std::string farm_version;
  std::string host;
  std::int32_t pid = 0;
  std::uint32_t slots = 0;  ///< 0: this rank has no share of its node's slots and will not work
  std::uint32_t cpus = 0;   ///< of its node, as many as this job may use there; the other ranks there say the same
  std::uint32_t gpus = 0;
  std::uint64_t memory = 0;  ///< bytes; 0: not known
};

/// Where a stream is in a segment of the run directory; bytes == 0 when it is not there.
struct StreamPlace {
  std::uint64_t bytes = 0;
  std::uint64_t last_frame = 0;
  std::uint32_t segment = 0;
  std::uint32_t inline_bytes = 0;  ///< what the message's text has of it: all of it, or what follows the stored part
};

struct ResultHead {
  std::uint64_t task = 0;
  std::uint32_t attempt = 0;
  std::uint32_t slot = 0;
  Outcome outcome;
  StreamPlace out;
  StreamPlace err;
};

struct Results {
  std::vector<ResultHead> heads;
  std::string text;  ///< for each head in turn: inline stdout, inline stderr
};

/// Part of a stream of a task that is still running; the next one of the same stream follows where it ends.
struct OutputChunk {
  std::uint64_t task = 0;
  std::uint32_t attempt = 0;
  std::uint8_t stream = 0;
  std::string bytes;
};

struct AttemptRef {
  std::uint64_t task = 0;
  std::uint32_t attempt = 0;
  std::uint32_t unused = 0;  // keeps the struct free of padding
};

/// What a worker gives back without having started it.
struct Returned {
  std::vector<AttemptRef> attempts;
};

/// Something the user should know about this worker, once.
struct Notice {
  std::string line;
};

/// The answer to Resize.
struct Resized {
  std::uint32_t slots = 0;
};

/// There is nothing to say, and this rank is still there.
struct Alive {};

/// The answer to Shutdown, and the last word.
struct Goodbye {};

// --- master to worker -----------------------------------------------------------------------------------------------

/// The answer to Hello: work may come.
struct Welcome {
  std::string run;          ///< id of the run; what the journal of this start says, too
  std::string run_dir;      ///< absolute path on the master's node
  std::uint32_t start = 0;  ///< number of this start
};

struct TaskHead {
  std::uint64_t task = 0;
  std::uint32_t attempt = 0;
  std::uint32_t command_bytes = 0;
  std::uint32_t extra_bytes = 0;  ///< of an encoded TaskExtra; 0 for the usual task that has none
  std::uint32_t unused = 0;
  std::int64_t timeout_ns = 0;  ///< 0: none
};

struct Dispatch {
  std::vector<TaskHead> heads;
  std::string text;  ///< for each head in turn: command, extra
  std::int64_t report_within_ns = 0;
};

/// What few tasks have.
struct TaskExtra {
  std::vector<std::string> argv;
  std::string cwd;
  std::vector<std::pair<std::string, std::string>> env;
  std::vector<FileContent> files;
  std::vector<FileRange> stdin_parts;
  bool inherits_stdin = false;
  std::string stdin_file;
  std::string stdout_file;
  std::string stderr_file;
  std::string resident;
  std::vector<std::string> inputs;  ///< only with `by_mtime`
  std::vector<std::string> outputs;
  bool by_mtime = false;  ///< it need not run if what it makes is there and newer than what it reads
  Grant grant;
};

/// Chunk bytes the master has disposed of: the task may print as many more.
struct Credit {
  std::uint64_t task = 0;
  std::uint32_t attempt = 0;
  std::uint8_t stream = 0;
  std::uint64_t bytes = 0;
};

/// Return what has not been started.
struct Recall {};

/// End what runs and return the rest.
struct StopWork {};

/// End one attempt; if it has not been started it is returned instead, and one that is over is ignored.
struct StopAttempt {
  std::uint64_t task = 0;
  std::uint32_t attempt = 0;
  Cause cause = Cause::preempted;  ///< what its end is to be called
  std::int32_t signal = 0;         ///< sent first; 0: the usual termination sequence from the start
  std::int64_t grace_ns = 0;       ///< time to act on that signal
};

/// The node has so many slots from now on; what runs goes on. It answers with what its share of them is.
struct Resize {
  std::uint32_t kind = 0;  ///< a SlotRule::Kind
  std::int64_t number = 0;
};

/// The run is over: say goodbye and leave.
struct Shutdown {
  bool has_lost_ranks = false;  ///< leave without MPI_Finalize, which may wait for them
};

using Message = std::variant<Hello, Results, OutputChunk, Returned, Notice, Welcome, Dispatch, Credit, Recall, StopWork,
                             StopAttempt, Shutdown, Resized, Resize, Alive, Goodbye>;

/// Adds a task to a batch and takes it out again; `at` moves through the text.
void append_task(Dispatch& batch, TaskId task, Attempt attempt, const TaskSpec& spec, std::chrono::nanoseconds timeout,
                 const Grant& grant = {}, bool by_mtime = false);
struct UnpackedTask {
  std::string command;
  TaskExtra extra;
};
/// nullopt when the lengths in `head` do not fit the text.
std::optional<UnpackedTask> unpack_task(const TaskHead& head, std::string_view text, std::size_t& at);

}  // namespace farm
