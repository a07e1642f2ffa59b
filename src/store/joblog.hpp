/// GNU parallel's job log: one tab-separated line per finished task, in the order in which they finished. Other
/// programs read it, so its columns are exactly those. Knows nothing of the run directory; see joblog_reader.hpp for
/// the way back.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "farm/ids.hpp"
#include "farm/outcome.hpp"
#include "store/append_file.hpp"

namespace farm {

/// What such a line, or the row of a table of results, says of a task.
struct JobEntry {
  std::uint64_t seq = 1;  ///< from 1
  std::string host;       ///< ":" for the master's own
  Nanos started{0};       ///< wall clock
  Nanos runtime{0};
  std::uint64_t received_bytes = 0;  ///< of standard output
  std::int32_t exit_value = 0;       ///< -1 after a timeout
  std::int32_t signal = 0;
  std::string command;
  friend bool operator==(const JobEntry&, const JobEntry&) = default;
};

JobEntry job_entry(TaskId task, std::string host, const Outcome& outcome, std::uint64_t received_bytes,
                   std::string command);

inline constexpr std::string_view joblog_heading =
    "Seq\tHost\tStarttime\tJobRuntime\tSend\tReceive\tExitval\tSignal\tCommand\n";

/// With its newline; newlines in the command become NULs.
std::string joblog_line(const JobEntry& entry);

class Joblog {
 public:
  enum class How {
    overwrite,
    add,       ///< no heading, whatever is there
    carry_on,  ///< a heading only where nothing is there
  };

  /// Throws Error (usage) when `path` cannot be opened for writing.
  Joblog(std::string path, How how, FileOps& ops = FileOps::system());

  /// Never blocks, never fails: the line is in memory until flush().
  void add(const JobEntry& entry);

  /// Hands what was added to the operating system as far as it takes it. A log that cannot be written for another
  /// reason than lack of room is given up.
  void flush();

  /// What keeps flush() from writing, as one line for the user; empty while all is well.
  const std::string& trouble() const { return trouble_; }

 private:
  AppendFile file_;
  bool given_up_ = false;
  std::string trouble_;
};

}  // namespace farm
