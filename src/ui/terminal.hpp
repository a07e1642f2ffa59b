/// Where the user reads farm's standard error, and what may be drawn there. Under mpirun a rank's own descriptors lie
/// about it (its stdout always is a terminal, its stderr never), so the launcher's are asked. Knows nothing of
/// progress.
#pragma once
#include <sys/types.h>

#include <cstddef>
#include <string>
#include <string_view>

#include "base/unique_fd.hpp"
#include "farm/options.hpp"

namespace farm {

/// What the environment says about how to print.
struct Environment {
  bool no_color = false;  ///< NO_COLOR is set
  bool ci = false;        ///< CI is set: a terminal there is a log
  std::string term;       ///< TERM
};

Environment read_environment();

/// What `--progress auto` means; other modes are what was asked for, terminal or not.
ProgressMode choose_progress(ProgressMode asked, bool interactive, const Environment& environment);

bool choose_color(bool interactive, const Environment& environment);

/// Takes text without ever blocking, because the master's loop waits for nobody who has stopped his terminal.
class Terminal {
 public:
  /// What standard error of process `launcher` is, when that is a terminal within reach, else this process's own. 0:
  /// farm was started without a launcher.
  static Terminal find(pid_t launcher);

  /// A terminal opened with O_NONBLOCK, on which process `reader` is run. `shows_output`: standard output goes there,
  /// too.
  Terminal(UniqueFd terminal, pid_t reader, bool shows_output);

  /// True when a person is likely to be looking.
  bool interactive() const { return interactive_; }

  /// True when what farm prints on standard output appears here as well.
  bool shows_output() const { return shows_output_; }

  /// True when standard output takes a way of its own to this terminal (through mpirun) and so may appear later than
  /// what is written here afterwards.
  bool output_lags() const { return reader_ != 0; }

  /// False while the shell that owns the terminal has put farm into the background.
  bool foreground() const;

  /// 80 when it has no size. Asked anew each time: windows are resized.
  std::size_t columns() const;

  /// Writes as much as is taken at once and returns how many bytes that was; 0 when nobody reads.
  std::size_t offer(std::string_view text) const;

 private:
  Terminal() = default;

  UniqueFd opened_;  ///< empty when `fd_` is standard error as it was inherited
  int fd_ = 2;
  pid_t reader_ = 0;
  bool interactive_ = false;
  bool shows_output_ = false;
};

}  // namespace farm
