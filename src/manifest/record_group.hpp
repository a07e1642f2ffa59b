/// Collects the values of a sweep's combinations until they make a task: one combination as a rule, several with `-N`
/// and `-n`, as many as a command line takes with `-X`, `-m` and `--xargs`.
#pragma once
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "farm/sweep.hpp"
#include "manifest/sweep_rows.hpp"

namespace farm {

class RecordGroup {
 public:
  /// The length in bytes of the command line with these values.
  using Measure = std::function<std::size_t(std::span<const std::string_view> values)>;

  explicit RecordGroup(const SweepGrouping& rules) : rules_(rules) {}

  /// The values of one more task, views that hold until the next call. Says `later` as `rows` does, and goes on where
  /// it was.
  SweepRows::Next next(SweepRows& rows, const Measure& measure, std::vector<std::string_view>& values);

  /// How many of the first values are those of the task before.
  std::size_t unchanged(const SweepRows& rows) const { return is_simple() ? rows.unchanged() : 0; }

 private:
  struct Record {
    std::vector<std::string> values;
    std::size_t bytes = 0;  // what it adds to the command line
  };

  SweepRows::Next collect(SweepRows& rows, const Measure& measure);
  bool is_simple() const { return rules_.most == 1 && !rules_.fill; }
  bool is_full() const;
  void add(const Measure& measure);
  void choose();

  SweepGrouping rules_;
  std::vector<std::string_view> fresh_;  // values of the combination read last
  std::vector<Record> records_;          // collected; the first `chosen_` of them make the task
  std::size_t chosen_ = 0;
  std::size_t bytes_ = 0;
  std::size_t command_bytes_ = 0;  // of the line without values
  std::uint64_t spread_ = 0;       // records per task once the end is known; 0: not yet
  bool ended_ = false;
};

}  // namespace farm
