#include "manifest/task_lists.hpp"

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

std::optional<ItemTrouble> set_retry_rule(TaskSpec& task, const std::vector<std::string>& items) {
  std::vector<RetryCondition> conditions;
  std::size_t item = 0;
  try {
    for (; item < items.size(); ++item) {
      for (const std::string& word : split_words(items[item])) conditions.push_back(parse_retry_condition(word));
    }
    task.retry_on = make_retry_rule(std::move(conditions));
    return std::nullopt;
  } catch (const NeedsError& error) {
    return ItemTrouble{item < items.size() ? item : 0, error.what()};
  }
}

}  // namespace

std::optional<ItemTrouble> set_task_list(TaskSpec& task, std::string_view key, std::vector<std::string> items) {
  if (key == "retry_on") return set_retry_rule(task, items);
  const bool are_names = key == "after";
  for (std::size_t i = 0; i < items.size(); ++i) {
    auto trouble = are_names ? complaint_about_name(items[i]) : complaint_about_file(items[i]);
    if (trouble) return ItemTrouble{i, std::move(*trouble)};
  }
  (are_names ? task.after : key == "inputs" ? task.inputs : task.outputs) = std::move(items);
  return std::nullopt;
}

}  // namespace farm
