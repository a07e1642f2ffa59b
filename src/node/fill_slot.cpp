#include "node/fill_slot.hpp"

#include "base/redact.hpp"
#include "base/text.hpp"
#include "expression/expression.hpp"
#include "expression/late.hpp"
#include "sweep/results_path.hpp"

namespace farm {

namespace {

// The texts of a task that may depend on the slot; LaunchRequest and TaskSpec call them the same.
template <class Task, class Visit>
void each_text(Task& task, const Visit& visit) {
  visit(task.command);
  visit(task.cwd);
  for (auto& word : task.argv) visit(word);
  for (auto& [name, value] : task.env) visit(value);
  for (auto& file : task.files) {
    visit(file.path);
    visit(file.bytes);
  }
}

// Empty, or why an expression has no value in this slot; `text` then ends where it stands.
std::string fill(std::string& text, std::uint32_t slot) {
  if (!has_late(text)) return {};
  try {
    text = fill_late(text, slot);
    return {};
  } catch (const ExpressionError& error) {
    text.erase(text.find('\0'));
    return error.what();
  }
}

}  // namespace

std::string fill_slot(LaunchRequest& request) {
  std::string problem;
  each_text(request, [&](std::string& text) {
    if (const std::string found = fill(text, request.slot); problem.empty()) problem = found;
  });
  return problem;
}

std::optional<TaskSpec> at_slot(const TaskSpec& task, std::uint32_t slot) {
  bool depends = has_late(task.tag) || has_late(task.results);
  each_text(task, [&](const std::string& text) { depends = depends || has_late(text); });
  if (!depends) return std::nullopt;
  TaskSpec filled = task;
  each_text(filled, [&](std::string& text) { fill(text, slot); });
  fill(filled.tag, slot);
  fill(filled.results, slot);
  return filled;
}

std::string command_line(const TaskSpec& task) {
  if (task.argv.empty()) return task.command;
  std::string line;
  for (const std::string& word : task.argv) {
    if (!line.empty()) line += ' ';
    line += shell_quote(word);
  }
  return line;
}

TaskSpec redacted(const TaskSpec& task) {
  const Redactor redactor(command_line(task), task.values);
  TaskSpec shown = task;
  shown.command = redactor.command();
  shown.argv.clear();
  shown.name = redactor.hide(task.name);
  shown.tag = redactor.hide(task.tag);
  // Below a directory alone they are names, in a place with replacement strings they are as they are.
  shown.results = redactor.hide_values(task.results, results_name);
  shown.results = redactor.hide_values(shown.results, [](std::string_view secret) { return std::string(secret); });
  for (std::string& value : shown.values) value = redactor.hide(value);
  return shown;
}

}  // namespace farm
