#include "ui/summary.hpp"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string_view>

#include "base/text.hpp"
#include "base/units.hpp"
#include "ui/typed_command.hpp"

namespace farm {
namespace {

using Phrases = std::vector<std::string>;

constexpr std::string_view green = "\x1b[32m";
constexpr std::string_view yellow = "\x1b[33m";
constexpr std::string_view red = "\x1b[31m";
constexpr std::string_view plain = "\x1b[0m";

bool unfinished(const RunSummary& summary) { return summary.left != 0U || !summary.stopped_by.empty(); }

// "3 tasks failed", "512 succeeded": the first phrase says what is counted.
void add_count(Phrases& phrases, std::uint64_t count, std::string_view what) {
  if (count == 0) return;
  const std::string_view noun = !phrases.empty() ? "" : count == 1 ? " task" : " tasks";
  phrases.push_back(fmt::format("{}{} {}", format_count(count), noun, what));
}

Phrases counts(const RunSummary& summary) {
  Phrases phrases;
  add_count(phrases, summary.last.failed, "failed");
  add_count(phrases, summary.last.succeeded - summary.last.up_to_date, "succeeded");
  add_count(phrases, summary.last.up_to_date, "up to date");
  add_count(phrases, summary.last.kept, "had succeeded before");
  add_count(phrases, summary.last.skipped, "skipped");
  add_count(phrases, summary.last.retried, "tried again");
  add_count(phrases, summary.left.value_or(0), "left");
  if (!summary.left) phrases.emplace_back("more left in what was not read of the manifest");
  return phrases;
}

Phrases speed(const RunSnapshot& run) {
  Phrases phrases{format_duration(run.elapsed)};
  const std::uint64_t ended = run.succeeded + run.failed;
  // Over less than a second the start-up decides, not the tasks.
  if (ended > 0 && seconds(run.elapsed) >= 1) {
    const double rate = static_cast<double>(ended) / seconds(run.elapsed);
    phrases.push_back(rate < 100 ? fmt::format("{:.3g} tasks/s", rate)
                                 : format_count(static_cast<std::uint64_t>(rate)) + " tasks/s");
  }
  if (ended > 0 && run.slot_time > Nanos::zero()) {
    const double busy = std::clamp(seconds(run.busy) / seconds(run.slot_time), 0.0, 1.0);
    phrases.push_back(fmt::format("slots {:.0f}% busy", 100 * busy));
  }
  return phrases;
}

std::string verdict(const RunSummary& summary) {
  const RunSnapshot& run = summary.last;
  if (!unfinished(summary) && run.succeeded + run.failed == 0) {
    if (run.kept == 0) return "nothing to do: the manifest has no tasks";
    return fmt::format("nothing to do: {} had succeeded before (--fresh runs everything again)",
                       run.kept == 1 ? "its one task" : fmt::format("all {} tasks", format_count(run.kept)));
  }
  const std::string stopped = summary.stopped_by.empty() ? "" : fmt::format("stopped by {}: ", summary.stopped_by);
  return fmt::format("{}{}; {}", stopped, fmt::join(counts(summary), ", "), fmt::join(speed(run), ", "));
}

std::string_view verdict_color(const RunSummary& summary) {
  if (summary.last.failed > 0) return red;
  return unfinished(summary) ? yellow : green;
}

std::string quote(const Phrases& command) {
  Phrases words;
  for (const std::string& word : command) words.push_back(as_typed(word));
  return fmt::format("{}", fmt::join(words, " "));
}

// Typed again, --fresh would start over instead of carrying on.
std::string carry_on(const RunSummary& summary, Phrases command) {
  std::erase(command, "--fresh");
  const bool streamed = std::find(command.begin(), command.end(), "-") != command.end();
  return fmt::format("  {}{}: {}\n", unfinished(summary) ? "carry on" : "try the failed ones again",
                     streamed ? " with the same input" : "", quote(command));
}

// The first few: with many the reason is the same.
std::string skipped(const std::vector<SkippedTasks>& groups) {
  constexpr std::size_t most = 5;
  std::string text;
  for (std::size_t i = 0; i < std::min(most, groups.size()); ++i) {
    const SkippedTasks& group = groups[i];
    text += fmt::format("  not started because {} failed: {}{}\n", printable(group.because), printable(group.first),
                        group.count == 1 ? "" : fmt::format(" and {} more", format_count(group.count - 1)));
  }
  if (groups.size() > most) text += fmt::format("  ... and what comes after {} others\n", groups.size() - most);
  return text;
}

}  // namespace

std::string format_summary(const RunSummary& summary, const std::vector<std::string>& command, bool color) {
  const bool failed = summary.last.failed > 0;
  std::string text = color ? fmt::format("farm: {}{}{}\n", verdict_color(summary), verdict(summary), plain)
                           : fmt::format("farm: {}\n", verdict(summary));
  if (!summary.last.trouble.empty()) text += fmt::format("  trouble: {}\n", printable(summary.last.trouble));
  text += skipped(summary.skipped);
  for (const std::string& worker : summary.set_aside) {
    text += fmt::format("  {} failed what succeeded elsewhere: have a look at it\n", printable(worker));
  }
  if (!failed && !unfinished(summary)) return text;
  // Refused: nothing was printed, and typing it again would not help.
  constexpr int refused = 2;
  if (summary.status == refused) return text;

  if (!summary.run_dir.empty()) {
    text += fmt::format("  what a task printed: farm output {} TASK\n", as_typed(summary.run_dir));
  }
  // Typing an ephemeral run's command again starts another run.
  if (!summary.ephemeral && !command.empty()) text += carry_on(summary, command);
  return text;
}

}  // namespace farm
