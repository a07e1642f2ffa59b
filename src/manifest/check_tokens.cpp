#include "manifest/check_tokens.hpp"

#include <fmt/format.h>

#include <optional>
#include <vector>

#include "base/text.hpp"

namespace farm {
namespace {

// Those behind them are most likely like them; a task that asks in vain ends the run when nothing else is left.
constexpr std::uint64_t most_looked_at = 1'000'000;

using Tokens = std::map<std::string, std::uint32_t>;

std::optional<std::string> trouble_with(const std::string& name, std::uint32_t count, const Tokens& tokens) {
  const auto found = tokens.find(name);
  if (found == tokens.end()) {
    std::vector<std::string> names;
    for (const auto& [known, total] : tokens) names.push_back(known);
    const std::string meant = nearest(name, names);
    if (!meant.empty()) return fmt::format("there is no token '{}'; did you mean '{}'?", name, meant);
    return fmt::format("there is no token '{}'; say how many there are: --token {}=N", name, name);
  }
  if (count <= found->second) return std::nullopt;
  return fmt::format("this task needs {} of the token '{}', and there are {} (--token {}={})", count, name,
                     found->second, name, found->second);
}

}  // namespace

void check_tokens(TaskSource& source, const Tokens& tokens, Complaints& complaints) {
  if (!source.links().takes_tokens) return;
  TaskSpec task;
  for (std::uint64_t i = 0; i < most_looked_at && source.next(task) == TaskSource::Next::task; ++i) {
    for (std::size_t item = 0; item < task.needs.tokens.size(); ++item) {
      const auto& [name, count] = task.needs.tokens[item];
      const auto trouble = trouble_with(name, count, tokens);
      if (trouble) complaints.add_once(source.complaint("tokens", item, *trouble));
    }
  }
  source.rewind();
}

}  // namespace farm
