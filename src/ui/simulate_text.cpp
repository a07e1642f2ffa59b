#include "ui/simulate_text.hpp"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/units.hpp"

namespace farm {
namespace {

std::string head(const SimulationResult& result) {
  const double mean = result.tasks == 0 ? 0 : result.slot_seconds / static_cast<double>(result.tasks);
  const auto duration = [](double time) {
    return format_duration(std::chrono::round<Nanos>(std::chrono::duration<double>(time)));
  };
  return fmt::format("{} task{}, {} of work, {} each on average\n\n", format_count(result.tasks),
                     result.tasks == 1 ? "" : "s", duration(result.slot_seconds), duration(mean));
}

// Not "100.0 %" for what is not all of it.
std::string percent(double share) { return fmt::format("{:.1f} %", std::floor(1000 * share + 1e-9) / 10); }

std::string line(const SimulatedRuns::Row& row) {
  const SimulationResult& result = row.result;
  return fmt::format("{:>9} {:>9} {:>9} {:>10} {:>11} {:>12} {:>12} {:>9}\n", format_count(row.ranks),
                     format_count(row.nodes), format_count(row.slots), format_duration(result.makespan),
                     percent(result.efficiency()), percent(result.master_load()),
                     fmt::format("{:.4g} h", row.core_hours), fmt::format("{:.3g}", result.tasks_per_second()));
}

}  // namespace

std::string simulation_text(const SimulatedRuns& runs) {
  std::string text = runs.rows.empty() ? std::string() : head(runs.rows.front().result);
  text += fmt::format("{:>9} {:>9} {:>9} {:>10} {:>11} {:>12} {:>12} {:>9}\n", "ranks", "nodes", "slots", "makespan",
                      "efficiency", "master load", "core-hours", "tasks/s");
  for (const SimulatedRuns::Row& row : runs.rows) text += line(row);
  text += "\nAssumed:\n";
  for (const std::string& assumption : runs.assumptions) text += "  " + assumption + "\n";
  return text;
}

std::string simulation_json(const SimulatedRuns& runs) {
  nlohmann::json rows = nlohmann::json::array();
  for (const SimulatedRuns::Row& row : runs.rows) {
    const SimulationResult& result = row.result;
    rows.push_back({{"ranks", row.ranks},
                    {"nodes", row.nodes},
                    {"slots", row.slots},
                    {"tasks", result.tasks},
                    {"makespan", seconds(result.makespan)},
                    {"lower_bound", seconds(result.lower_bound)},
                    {"efficiency", result.efficiency()},
                    {"master_load", result.master_load()},
                    {"core_hours", row.core_hours},
                    {"tasks_per_second", result.tasks_per_second()},
                    {"messages", result.messages}});
  }
  const nlohmann::json object{{"runs", rows}, {"assumptions", runs.assumptions}};
  return object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace farm
