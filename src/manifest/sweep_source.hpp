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
#include "manifest/sweep_tasks.hpp"
#include "manifest/task_source.hpp"

namespace farm {

class SweepSource final : public TaskSource {
 public:
  using Wanted = SweepTasks::Wanted;

  /// Of so many tasks the names of files are tried in advance, unless they come from a stream.
  static constexpr std::uint64_t most_tried = 100'000;

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
  SweepTasks& tasks();
  void try_names();
  std::optional<std::uint64_t> find_total() const;
  void count_tasks();
  SweepJob job_of(std::span<const std::string_view> values, std::uint64_t sequence) const;

  Sweep sweep_;
  Wanted wanted_;
  std::string launch_dir_;
  std::unique_ptr<SweepRows> rows_;
  std::optional<RecordGroup> groups_;
  std::optional<SweepTasks> tasks_;  // with the columns' names once they are known
  bool knows_columns_ = false;
  std::vector<std::string_view> values_;
  std::uint64_t made_ = 0;
  std::optional<std::uint64_t> total_;
};

}  // namespace farm
