#include "ui/plan_text.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/text.hpp"
#include "base/units.hpp"

namespace farm {
namespace {

std::string tasks_in_words(std::uint64_t count) { return format_count(count) + (count == 1 ? " task" : " tasks"); }

std::string heading(const Plan& plan) {
  if (plan.total == plan.seen) return tasks_in_words(plan.seen) + "\n";
  const std::string all = plan.total ? tasks_in_words(*plan.total) : "an unknown number of tasks";
  return fmt::format("{}; these are about the first {}\n", all, format_count(plan.seen));
}

void append_lines(std::string& text, const std::vector<Plan::Line>& lines) {
  for (const Plan::Line& line : lines) text += fmt::format("{:>9}  {}\n", line.task, printable(line.command, 500));
}

std::string earlier(const Plan& plan) {
  if (plan.run_dir.empty()) return {};
  std::string text = fmt::format("{} has an earlier run{}: {} done, {} to run", printable(plan.run_dir),
                                 plan.is_same_manifest ? "" : " of other tasks, told apart by what they run",
                                 format_count(plan.done), format_count(plan.to_run));
  if (plan.failed > 0) text += fmt::format(", {} of these because they failed", format_count(plan.failed));
  if (plan.cut_short > 0) text += fmt::format(", {} because they were cut short", format_count(plan.cut_short));
  return text + "\n";
}

nlohmann::json to_json(const std::vector<Plan::Line>& lines) {
  nlohmann::json array = nlohmann::json::array();
  for (const Plan::Line& line : lines) array.push_back({{"task", line.task}, {"command", line.command}});
  return array;
}

}  // namespace

std::string plan_text(const Plan& plan) {
  std::string text = heading(plan);
  append_lines(text, plan.first);
  const std::uint64_t last_of_first = plan.first.empty() ? 0 : plan.first.back().task;
  if (!plan.last.empty() && plan.last.front().task > last_of_first + 1) text += "      ...\n";
  append_lines(text, plan.last);
  if (plan.skipped > 0) text += tasks_in_words(plan.skipped) + " left out\n";
  text += earlier(plan);
  for (const std::string& slip : plan.slips) text += "warning: " + slip + "\n";
  if (plan.more_slips > 0) text += fmt::format("and {} more warnings\n", format_count(plan.more_slips));
  return text;
}

std::string plan_json(const Plan& plan) {
  nlohmann::json object{{"seen", plan.seen},          {"first", to_json(plan.first)},
                        {"last", to_json(plan.last)}, {"skipped", plan.skipped},
                        {"warnings", plan.slips},     {"more_warnings", plan.more_slips},
                        {"to_run", plan.to_run},      {"done", plan.done},
                        {"failed", plan.failed},      {"cut_short", plan.cut_short}};
  if (plan.total) object["total"] = *plan.total;
  if (!plan.run_dir.empty()) object["run_dir"] = plan.run_dir;
  return object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace farm
