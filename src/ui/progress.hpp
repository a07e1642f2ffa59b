/// Shows a run while it goes on: a bar on a terminal, lines in a log, objects for a program. Knows when and what to
/// write; the text is progress_line's business, the place Terminal's.
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "farm/observer.hpp"
#include "farm/options.hpp"
#include "ui/progress_line.hpp"
#include "ui/terminal.hpp"

namespace farm {

/// Not thread-safe, never blocks. The mode is one that choose_progress() gives, not `automatic`.
class Progress : public RunObserver {
 public:
  /// `where` and `clock` are the caller's and outlive it.
  Progress(const Terminal& where, ProgressMode mode, bool color, const Clock& clock);
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  /// Erases the bar.
  ~Progress() override;

  void progressed(const RunSnapshot& run) override;

  /// Written in every mode. While nobody reads it is kept, up to 64 KiB of such lines.
  void notice(const std::string& line) override;

  /// To be called before and after task output is written to standard output, when that shows on the same terminal;
  /// does nothing otherwise. `line_open`: the output did not end with a newline, so that the bar must not begin at its
  /// line.
  void before_output() override;
  void after_output(bool line_open) override;

  /// The end: erases the bar, writes the last object. Nothing may follow.
  void finish(const RunSnapshot& last);

 private:
  bool is_due(const RunSnapshot& run);
  bool is_line_due(const RunSnapshot& run);
  void show(const RunSnapshot& run);
  void say(const std::string& line);
  void flush();
  void draw();
  void erase();
  LocalTime local_time() const;

  const Terminal& where_;
  const ProgressMode mode_;
  const bool color_;
  const Clock& clock_;
  const std::chrono::seconds utc_offset_;

  TimePoint next_;                           ///< nothing is shown before
  std::optional<std::uint64_t> done_shown_;  ///< tasks done when the last plain line was due
  std::optional<RunSnapshot> shown_;         ///< what the bar shows
  bool drawn_ = false;                       ///< the cursor stands at the end of a bar
  bool line_open_ = false;                   ///< the cursor stands at the end of an open line of task output
  std::string unsaid_;                       ///< lines that nobody has taken yet
};

}  // namespace farm
