#include "ui/progress_line.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <string_view>
#include <vector>

#include "base/text.hpp"
#include "base/units.hpp"

namespace farm {
namespace {

constexpr std::string_view green = "\x1b[32m";
constexpr std::string_view yellow = "\x1b[33m";
constexpr std::string_view red = "\x1b[31m";
constexpr std::string_view plain = "\x1b[0m";

// Wide enough to be read at a glance, narrow enough that the numbers still fit into 80 columns.
constexpr std::uint64_t bar_cells = 10;

// What a narrow line keeps longest stands last.
enum class Weight { busy, kept, retried, rate, running, succeeded, bar, failed, percent, expectation, count };

// Parts of one group are separated by a blank, groups by a bar.
enum class Group { done, running, ended, rate, busy, expectation };

struct Part {
  Group group;
  Weight weight;
  std::string text;
  std::string_view color = "";
};

using Parts = std::vector<Part>;

// A byte of a UTF-8 sequence that is not its first takes no column.
bool starts_character(char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U; }

std::size_t columns(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), starts_character));
}

std::string cut(std::string_view text, std::size_t width) {
  std::size_t used = 0;
  const auto end =
      std::find_if(text.begin(), text.end(), [&](char c) { return starts_character(c) && used++ == width; });
  return std::string(text.begin(), end);
}

std::string draw_bar(std::uint64_t ended, std::uint64_t total) {
  const double share = std::min(1.0, static_cast<double>(ended) / static_cast<double>(total));
  const auto full = static_cast<std::size_t>(share * static_cast<double>(bar_cells));
  return fmt::format("[{}{}]", std::string(full, '#'), std::string(bar_cells - full, '-'));
}

// Rounded down: 100 % is said only when nothing is left.
std::uint64_t percent(std::uint64_t part, std::uint64_t whole) {
  return static_cast<std::uint64_t>(100.0 * static_cast<double>(std::min(part, whole)) / static_cast<double>(whole));
}

// Slow tasks are counted by the minute or the hour: 0.002/s tells nobody anything.
std::string rate(double per_second) {
  constexpr double readable = 0.1;
  if (per_second >= 100) return format_count(static_cast<std::uint64_t>(per_second + 0.5)) + "/s";
  if (per_second >= readable) return fmt::format("{:.1f}/s", per_second);
  if (per_second * 60 >= readable) return fmt::format("{:.1f}/min", per_second * 60);
  return fmt::format("{:.1f}/h", per_second * 3600);
}

// "23:14", with the day when it is another one, and nothing when a week ahead is no use to anybody.
std::string clock_time(LocalTime now, Nanos ahead) {
  using Days = std::chrono::days;
  constexpr std::array weekdays{"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};  // 1 January 1970 was a Thursday
  const Nanos local = now.wall + now.utc_offset;
  const Nanos then = local + ahead;
  const auto today = std::chrono::floor<Days>(local);
  const auto day = std::chrono::floor<Days>(then);
  if (day - today >= Days(7)) return "";
  const auto minutes = std::chrono::floor<std::chrono::minutes>(then - day).count();
  const std::string time = fmt::format("{:02}:{:02}", minutes / 60, minutes % 60);
  if (day == today) return fmt::format(" ({})", time);
  const auto weekday = static_cast<std::size_t>(((day.count() % 7) + 7) % 7);
  return fmt::format(" ({} {})", weekdays.at(weekday), time);
}

void add_count(Parts& parts, const RunSnapshot& run) {
  const bool known = run.total.value_or(0) > 0;
  if (known) parts.push_back({Group::done, Weight::bar, draw_bar(tasks_done(run), *run.total), green});
  const std::string total = run.total ? format_count(*run.total) : format_count(run.known) + "+";
  parts.push_back({Group::done, Weight::count, fmt::format("{}/{}", format_count(tasks_done(run)), total)});
  if (known) parts.push_back({Group::done, Weight::percent, fmt::format("{}%", percent(tasks_done(run), *run.total))});
}

void add_ended(Parts& parts, const RunSnapshot& run) {
  const auto add = [&parts](Weight weight, const char* name, std::uint64_t count, std::string_view color = "") {
    if (count > 0) parts.push_back({Group::ended, weight, fmt::format("{} {}", name, format_count(count)), color});
  };
  add(Weight::kept, "kept", run.kept);
  add(Weight::succeeded, "ok", run.succeeded);
  add(Weight::failed, "fail", run.failed, red);
  add(Weight::retried, "retry", run.retried);
}

void add_speed(Parts& parts, const RunSnapshot& run) {
  if (run.tasks_per_second > 0) parts.push_back({Group::rate, Weight::rate, rate(run.tasks_per_second)});
  if (run.slot_time <= Nanos::zero()) return;
  const double busy = std::clamp(seconds(run.busy) / seconds(run.slot_time), 0.0, 1.0);
  parts.push_back({Group::busy, Weight::busy, fmt::format("busy {:.0f}%", 100 * busy)});
}

void add_expectation(Parts& parts, const RunSnapshot& run, LocalTime now) {
  if (!run.trouble.empty()) {
    parts.push_back({Group::expectation, Weight::expectation, printable(run.trouble), yellow});
  } else if (run.stopping) {
    parts.push_back({Group::expectation, Weight::expectation, "stopping", yellow});
  } else if (run.remaining) {
    const std::string eta = fmt::format("ETA {}{}", format_duration(*run.remaining), clock_time(now, *run.remaining));
    parts.push_back({Group::expectation, Weight::expectation, eta});
  }
}

Parts describe(const RunSnapshot& run, LocalTime now) {
  Parts parts;
  add_count(parts, run);
  parts.push_back({Group::running, Weight::running, "run " + format_count(run.running)});
  add_ended(parts, run);
  add_speed(parts, run);
  add_expectation(parts, run, now);
  return parts;
}

std::string join(const Parts& parts, bool color) {
  std::string line;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const Part& part = parts[i];
    if (i > 0) line += parts[i - 1].group == part.group ? " " : " | ";
    const bool paint = color && !part.color.empty();
    line += paint ? fmt::format("{}{}{}", part.color, part.text, plain) : part.text;
  }
  return line;
}

bool lighter(const Part& a, const Part& b) { return a.weight < b.weight; }

Parts fit(Parts parts, std::size_t width) {
  while (parts.size() > 1 && columns(join(parts, false)) > width) {
    parts.erase(std::min_element(parts.begin(), parts.end(), lighter));
  }
  if (columns(parts.front().text) > width) parts.front().text = cut(parts.front().text, width);
  return parts;
}

}  // namespace

std::uint64_t tasks_done(const RunSnapshot& run) { return run.kept + run.succeeded + run.failed; }

std::string progress_bar(const RunSnapshot& run, LocalTime now, std::size_t width, bool color) {
  return join(fit(describe(run, now), width), color);
}

std::string progress_text(const RunSnapshot& run, LocalTime now) {
  Parts parts = describe(run, now);
  std::erase_if(parts, [](const Part& part) { return part.weight == Weight::bar; });
  return join(parts, false);
}

std::string progress_json(const RunSnapshot& run, Nanos wall) {
  nlohmann::ordered_json line;
  line["time"] = seconds(wall);
  line["elapsed"] = seconds(run.elapsed);
  line["total"] = nullptr;
  if (run.total) line["total"] = *run.total;
  line["known"] = run.known;
  line["kept"] = run.kept;
  line["succeeded"] = run.succeeded;
  line["failed"] = run.failed;
  line["retried"] = run.retried;
  line["running"] = run.running;
  line["workers"] = run.workers;
  line["slots"] = run.slots;
  line["busy_seconds"] = seconds(run.busy);
  line["slot_seconds"] = seconds(run.slot_time);
  line["tasks_per_second"] = run.tasks_per_second;
  line["remaining"] = nullptr;
  if (run.remaining) line["remaining"] = seconds(*run.remaining);
  line["stopping"] = run.stopping;
  line["trouble"] = run.trouble;
  return line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace farm
