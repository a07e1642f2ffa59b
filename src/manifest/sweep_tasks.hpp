/// Makes the tasks of a sweep: puts the values of a combination, or none, into everything in it that has replacement
/// strings. Knows nothing of where values come from.
#pragma once
#include <string>
#include <vector>

#include "farm/sweep.hpp"
#include "farm/task.hpp"
#include "sweep/output_name.hpp"
#include "sweep/template.hpp"

namespace farm {

class SweepTasks {
 public:
  struct Wanted {
    bool tags = false;                             ///< TaskSpec::tag: the sweep's own, else the values
    bool values = false;                           ///< TaskSpec::values
    bool stdin_for_first = false;                  ///< TaskSpec::inherits_stdin of the first task
    OutputNames output_names = OutputNames::stay;  ///< of TaskSpec::results and TaskSpec::files
  };

  /// `columns` are the names of the values. Reads the files of `--tmpl`. Throws Error (usage) for what cannot be read
  /// and for expressions that are wrong.
  SweepTasks(const Sweep& sweep, Wanted wanted, std::string launch_dir, std::vector<std::string> columns);

  /// One task; jobs come in order. Throws Error (fatal) when an expression has no value for it, its command line would
  /// be longer than the kernel takes, or a file would lie where it may not.
  void make(TaskSpec& task, const SweepJob& job);

  /// The length of the command line that make() would give.
  std::size_t command_bytes(const SweepJob& job) const;

  /// Whether values may make names of files that are refused.
  bool checks_names() const;

  /// Whether SweepJob::total is needed.
  bool uses_total() const { return uses_total_; }

 private:
  struct FileTemplate {
    Template path;
    Template bytes;
  };

  SweepTasks(const Sweep& sweep, Wanted wanted, std::string launch_dir, const Placeholders& placeholders);

  bool passes_filter(const SweepJob& job) const;
  std::string results_path(const SweepJob& job) const;
  std::string name_from(const Template& pattern, const SweepJob& job, std::string_view option) const;
  void set_directory(TaskSpec& task, const SweepJob& job) const;
  std::uint32_t tries_of(const SweepJob& job) const;
  void set_files(TaskSpec& task, const SweepJob& job) const;

  Wanted wanted_;
  bool for_resident_;
  std::string launch_dir_;
  std::vector<std::string> columns_;
  std::string results_directory_;
  std::uint32_t print_quoted_;
  PipeOptions::Feed feed_;
  Template command_;
  Template tag_;
  Template directory_;
  Template results_;
  Template filter_;
  Template tries_;
  std::vector<FileTemplate> files_;
  bool uses_total_ = false;
  Template::Memory last_command_;
};

}  // namespace farm
