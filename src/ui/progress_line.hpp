/// The run at one moment as a line of text: for a terminal, for a log, for a program. Pure: knows no terminal, no clock
/// and no time zone but those it is handed.
#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/clock.hpp"
#include "farm/observer.hpp"

namespace farm {

/// The time on the user's wall, for "done at 23:14".
struct LocalTime {
  Nanos wall{0};                       ///< since the UNIX epoch
  std::chrono::seconds utc_offset{0};  ///< east of Greenwich is positive
};

/// Tasks that need nothing more: succeeded now or before, or failed for good.
std::uint64_t tasks_done(const RunSnapshot& run);

/// Progress bar, counts, rate and expected end in at most `width` columns. What matters least goes first when it is
/// narrow; `color` adds escape sequences, which take no column. No newline.
std::string progress_bar(const RunSnapshot& run, LocalTime now, std::size_t width, bool color);

/// The same in words and numbers only, of any length. No newline.
std::string progress_text(const RunSnapshot& run, LocalTime now);

/// One JSON object; times in seconds, `null` for what is not known. No newline.
std::string progress_json(const RunSnapshot& run, Nanos wall);

}  // namespace farm
