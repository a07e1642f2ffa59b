#include "manifest/task_lists.hpp"

#include <optional>
#include <utility>

#include "base/needs_text.hpp"
#include "base/text.hpp"

namespace farm {
namespace {

std::optional<std::string> complaint_about_name(const std::string& item) {
  if (item.empty()) return "the name of a task must not be empty";
  if (printable(item, item.size()) != item)
    return "no name is like this: they are UTF-8 text without control characters";
  return std::nullopt;
}

std::optional<std::string> complaint_about_file(const std::string& item) {
  if (item.empty()) return "the name of a file must not be empty";
  if (item.ends_with('/')) return "this is a directory; name the files in it";
  return std::nullopt;
}

std::vector<ItemTrouble> set_retry_rule(TaskSpec& task, const std::vector<std::string>& items) {
  std::vector<ItemTrouble> troubles;
  std::vector<RetryCondition> conditions;
  for (std::size_t i = 0; i < items.size(); ++i) {
    for (const std::string& word : split_words(items[i])) {
      try {
        conditions.push_back(parse_retry_condition(word));
      } catch (const NeedsError& error) {
        troubles.push_back({i, error.what()});
      }
    }
  }
  if (!troubles.empty()) return troubles;
  try {
    task.retry_on = make_retry_rule(std::move(conditions));
  } catch (const NeedsError& error) {
    troubles.push_back({0, error.what()});
  }
  return troubles;
}

}  // namespace

std::vector<ItemTrouble> set_task_list(TaskSpec& task, std::string_view key, std::vector<std::string> items) {
  if (key == "retry_on") return set_retry_rule(task, items);
  const bool are_names = key == "after";
  std::vector<ItemTrouble> troubles;
  for (std::size_t i = 0; i < items.size(); ++i) {
    auto trouble = are_names ? complaint_about_name(items[i]) : complaint_about_file(items[i]);
    if (trouble) troubles.push_back({i, std::move(*trouble)});
  }
  if (!troubles.empty()) return troubles;
  (are_names ? task.after : key == "inputs" ? task.inputs : task.outputs) = std::move(items);
  return {};
}

}  // namespace farm
