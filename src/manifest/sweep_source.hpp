/// The tasks of a sweep: every combination of its sources' values, put into its command. Knows nothing of how the sweep
/// was typed.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "farm/sweep.hpp"
#include "manifest/record_group.hpp"
#include "manifest/sweep_rows.hpp"
#include "manifest/task_source.hpp"
#include "sweep/template.hpp"

namespace farm {

class SweepSource final : public TaskSource {
 public:
  struct Wanted {
    bool tags = false;             ///< TaskSpec::tag: the sweep's own, else the values
    bool values = false;           ///< TaskSpec::values
    bool stdin_for_first = false;  ///< TaskSpec::inherits_stdin of the first task
  };

  /// Throws Error (usage) with everything that is wrong in the sweep and its sources. `launch_dir` is where relative
  /// directories begin.
  SweepSource(Sweep sweep, Wanted wanted, std::string launch_dir);

  Next next(TaskSpec& task) override;
  int fd() const override { return rows_->fd(); }
  std::optional<std::uint64_t> total() const override { return total_; }
  std::optional<Fingerprint> digest() const override;
  void rewind() override;

  /// The names of the columns; empty before the first task where they come from a stream.
  std::vector<std::string> columns() const { return rows_->columns(); }

 private:
  struct FileTemplate {
    Template path;
    Template bytes;
  };
  // Everything that has replacement strings. Made when the columns' names are known.
  struct Templates {
    Template command;
    Template tag;
    Template directory;
    Template results;
    Template filter;
    std::vector<FileTemplate> files;
    bool use_total = false;
  };

  void compile(std::vector<std::string> columns);
  const Templates& templates();
  std::optional<std::uint64_t> find_total() const;
  void count_tasks();
  SweepJob job_of(std::span<const std::string_view> values, std::uint64_t sequence) const;
  void make(TaskSpec& task, const SweepJob& job);
  bool passes_filter(const SweepJob& job) const;
  std::string results_path(const SweepJob& job) const;
  void set_directory(TaskSpec& task, const SweepJob& job) const;
  void set_files(TaskSpec& task, const SweepJob& job) const;

  Sweep sweep_;
  Wanted wanted_;
  std::string launch_dir_;
  std::vector<std::string> file_templates_;  // what is in the files of sweep_.templates
  std::unique_ptr<SweepRows> rows_;
  std::optional<RecordGroup> groups_;
  std::optional<Templates> templates_;  // with the columns' names once they are known
  bool knows_columns_ = false;
  std::vector<std::string_view> values_;
  Template::Memory command_;
  std::uint64_t made_ = 0;
  std::optional<std::uint64_t> total_;
};

}  // namespace farm
