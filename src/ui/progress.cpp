#include "ui/progress.hpp"

#include <fmt/core.h>

#include <ctime>
#include <nlohmann/json.hpp>
#include <string_view>

#include "base/text.hpp"

namespace farm {
namespace {

using namespace std::chrono_literals;

// Five times a second looks alive; more only costs.
constexpr Nanos frame_interval = 200ms;
constexpr Nanos object_interval = 1s;
// Short runs end before their first line; long ones write at most a hundred.
constexpr Nanos line_interval = 30s;
constexpr std::uint64_t lines_per_run = 100;

constexpr std::size_t most_unsaid_bytes = 64 * 1024;
// Longer than any notice farm writes itself; what is longer quotes something.
constexpr std::size_t longest_notice_bytes = 2000;

constexpr std::string_view erase_line = "\r\x1b[K";

std::chrono::seconds find_utc_offset(Nanos wall) {
  const std::time_t now = std::chrono::duration_cast<std::chrono::seconds>(wall).count();
  std::tm local{};
  return ::localtime_r(&now, &local) == nullptr ? 0s : std::chrono::seconds(local.tm_gmtoff);
}

Nanos interval(ProgressMode mode) {
  switch (mode) {
    case ProgressMode::bar:
      return frame_interval;
    case ProgressMode::json:
      return object_interval;
    case ProgressMode::automatic:
    case ProgressMode::plain:
    case ProgressMode::none:
      return line_interval;
  }
  return line_interval;
}

std::string notice_line(ProgressMode mode, const std::string& line) {
  if (mode != ProgressMode::json) return fmt::format("farm: {}", printable(line, longest_notice_bytes));
  const nlohmann::json object{{"notice", line}};
  return object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

Progress::Progress(const Terminal& where, ProgressMode mode, bool color, const Clock& clock)
    : where_(where),
      mode_(mode),
      color_(color),
      clock_(clock),
      utc_offset_(find_utc_offset(clock.wall())),
      next_(clock.now()) {
  if (mode == ProgressMode::plain) next_ += line_interval;
}

Progress::~Progress() { erase(); }

LocalTime Progress::local_time() const { return {.wall = clock_.wall(), .utc_offset = utc_offset_}; }

void Progress::progressed(const RunSnapshot& run) {
  if (is_due(run)) show(run);
}

bool Progress::is_due(const RunSnapshot& run) {
  if (mode_ == ProgressMode::plain && !done_shown_) done_shown_ = tasks_done(run);
  const TimePoint now = clock_.now();
  if (now < next_ || (mode_ == ProgressMode::plain && !is_line_due(run))) return false;
  next_ = now + interval(mode_);
  return true;
}

// Whichever is rarer: half a minute, or one percent of the tasks.
bool Progress::is_line_due(const RunSnapshot& run) {
  const std::uint64_t done = tasks_done(run);
  if (done - *done_shown_ < run.total.value_or(0) / lines_per_run) return false;
  done_shown_ = done;
  return true;
}

void Progress::show(const RunSnapshot& run) {
  switch (mode_) {
    case ProgressMode::bar:
      shown_ = run;
      flush();
      return draw();
    case ProgressMode::json:
      return say(progress_json(run, clock_.wall()));
    case ProgressMode::plain:
      return say("farm: " + progress_text(run, local_time()));
    case ProgressMode::automatic:
    case ProgressMode::none:
      return flush();
  }
}

void Progress::notice(const std::string& line) {
  const bool had_bar = drawn_;
  say(notice_line(mode_, line));
  if (had_bar) draw();
}

void Progress::say(const std::string& line) {
  if (unsaid_.size() + line.size() < most_unsaid_bytes) unsaid_ += line + '\n';
  flush();
}

void Progress::flush() {
  if (unsaid_.empty()) return;
  erase();
  if (line_open_) unsaid_.insert(0, "\n");
  line_open_ = false;
  std::size_t taken = 0;
  do {
    taken = where_.offer(unsaid_);
    unsaid_.erase(0, taken);
  } while (taken > 0 && !unsaid_.empty());
}

void Progress::before_output() {
  if (where_.shows_output()) erase();
}

void Progress::after_output(bool line_open) {
  if (!where_.shows_output()) return;
  line_open_ = line_open;
  if (mode_ != ProgressMode::bar) return;
  if (where_.output_lags()) {
    // The output has yet to come through mpirun: it must find no bar to be appended to.
    next_ = clock_.now() + frame_interval;
  } else {
    draw();
  }
}

void Progress::draw() {
  if (!shown_ || !where_.foreground()) return;
  // The last column stays free: terminals disagree on where the cursor is after it.
  const std::string line = progress_bar(*shown_, local_time(), where_.columns() - 1, color_);
  const std::size_t taken = where_.offer(fmt::format("{}{}{}", line_open_ ? "\n" : "\r", line, "\x1b[K"));
  if (taken == 0) return;
  line_open_ = false;
  drawn_ = true;
}

void Progress::erase() {
  if (drawn_ && where_.offer(erase_line) > 0) drawn_ = false;
}

void Progress::finish(const RunSnapshot& last) {
  if (mode_ == ProgressMode::json) show(last);
  shown_.reset();
  flush();
  erase();
}

}  // namespace farm
