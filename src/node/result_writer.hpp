/// Brings what tasks have printed to where `--results` and `--files` want it: files of each task, or rows of one table.
/// Reads it back from the segments, a bit at every turn, so that neither memory nor the loop feels how much it is.
#pragma once
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/event.hpp"
#include "farm/task.hpp"
#include "node/printer.hpp"
#include "store/append_file.hpp"
#include "store/joblog.hpp"
#include "store/record.hpp"
#include "store/result_files.hpp"
#include "store/result_table.hpp"

namespace farm {

class ResultWriter {
 public:
  struct Setup {
    std::string directory;  ///< for tasks that do not say where theirs go; empty: nowhere
    std::string table;      ///< "-.csv" and the like: standard output; empty: none
    UniqueFd table_file;    ///< of open_table()
    std::vector<std::string> value_names;
    std::string names_prefix;  ///< `--files`: begins the names of files of tasks that have no other; empty: not wanted
    bool redact = false;       ///< no secret of a command becomes part of a file's name
    std::string run_dir;       ///< for messages: where output stays whatever happens
    std::function<OutputReader(const StreamKey&, const OutputRef&)> open;
    std::function<void(const std::string& line)> complain;
  };

  struct Task {
    AttemptKey key;
    JobEntry entry;
    std::vector<std::string> values;  ///< none: the command is the only one
    std::string place;                ///< as place_of() gave it
    std::string tag;
    OutputRef out;
    OutputRef err;
  };

  ResultWriter(Setup setup, Printer& printer);

  /// Where the files of this task go; empty for nowhere.
  std::string place_of(const TaskSpec& task, TaskId id) const;
  /// The same by what is shown of it, redacted() or `task` itself.
  std::string place_of(const TaskSpec& task, const TaskSpec& shown, TaskId id) const;

  /// Whether the task's output goes somewhere else than to standard output and error.
  bool wants(const TaskSpec& task) const { return !setup_.table.empty() || !named_after(task, TaskId{}).empty(); }

  /// Whether an earlier run has left this task's files, all of them.
  bool has_left(const TaskSpec& task, TaskId id) const;

  /// A settled task; the printer hears of it from here.
  void add(Task task);

  /// Writes some of what waits. Call once per turn, after the segments were flushed.
  void pump();

  /// Everything is where it belongs.
  bool is_idle() const { return files_.empty() && rows_.empty() && table_buffer_is_empty(); }

  /// Nothing can be written at the moment: calling again at once is in vain.
  bool is_stuck() const { return table_ && !table_->trouble().empty(); }

  /// How many tasks have not got what they should have.
  std::uint64_t failures() const { return failures_; }

 private:
  std::string named_after(const TaskSpec& task, TaskId id) const;
  bool prints_table() const { return !setup_.table.empty() && !table_; }
  bool table_buffer_is_empty() const { return !table_ || !is_stuck(); }
  std::function<OutputReader(Stream)> opener(const Task& task) const;
  bool prints_names() const { return !setup_.names_prefix.empty(); }
  void begin_files(const Task& task);
  TableRow row(const Task& task) const;
  void print_row(Task task);
  void write_files(std::size_t most);
  void write_rows(std::size_t most);
  void flush_table();
  void failed(const std::string& why);

  Setup setup_;
  Printer& printer_;
  TableForm form_{};
  bool has_heading_ = false;
  std::optional<AppendFile> table_;  // none where it goes to standard output
  std::string told_trouble_;
  std::deque<Task> files_;  // tasks that wait for their files
  std::deque<Task> rows_;
  std::optional<ResultFiles> current_;  // of the first of files_
  std::optional<TableRow> row_;         // of the first of rows_
  std::uint64_t failures_ = 0;
};

}  // namespace farm
