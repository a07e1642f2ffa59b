#include "manifest/read_graph.hpp"

#include <fmt/format.h>

#include <map>
#include <utility>
#include <vector>

#include "base/text.hpp"
#include "base/units.hpp"
#include "core/task_graph_builder.hpp"
#include "farm/error.hpp"

namespace farm {
namespace {

using Wrong = TaskGraphBuilder::Complaint;

// Calls `look` for every task; false when it would be for more than `most`.
template <class Look>
bool for_each_task(TaskSource& source, std::uint64_t most, const Look& look) {
  TaskSpec task;
  TaskId id{};
  for (; source.next(task) == TaskSource::Next::task; id = next(id)) {
    if (value(id) == most) return false;
    look(id, task);
  }
  return true;
}

std::string item_text(const TaskSpec& task, const Wrong& wrong) {
  if (wrong.key == "stdin") return task.stdin_file;
  if (wrong.key == "stdout") return task.stdout_file;
  if (wrong.key == "stderr") return task.stderr_file;
  const auto& list = wrong.key == "after" ? task.after : wrong.key == "inputs" ? task.inputs : task.outputs;
  return wrong.item < list.size() ? list[wrong.item] : "";
}

// What tasks are called in messages: their names, or where they are.
std::map<TaskId, std::string> read_labels(TaskSource& source, const std::vector<Wrong>& all) {
  std::map<TaskId, std::string> labels;
  for (const Wrong& wrong : all) {
    for (const TaskId other : wrong.others) labels[other];
  }
  if (labels.empty()) return labels;
  for_each_task(source, value(labels.rbegin()->first) + 1, [&](TaskId id, const TaskSpec& task) {
    const auto label = labels.find(id);
    if (label == labels.end()) return;
    label->second = task.name.empty() ? fmt::format("line {}", source.complaint("", 0, "").line) : task.name;
  });
  source.rewind();
  return labels;
}

std::string message_of(const Wrong& wrong, const TaskSpec& task, const std::map<TaskId, std::string>& labels) {
  std::vector<std::string> others;
  for (const TaskId other : wrong.others) others.push_back(printable(labels.at(other)));
  return fmt::format(fmt::runtime(wrong.text), fmt::arg("item", printable(item_text(task, wrong))),
                     fmt::arg("others", fmt::format("{}", fmt::join(others, " -> "))));
}

// A circle through files begins with what the task reads.
std::string_view key_of(const Wrong& wrong, const TaskSpec& task) {
  if (wrong.key != "after" || !task.after.empty()) return wrong.key;
  return task.inputs.empty() ? "stdin" : "inputs";
}

void complain(TaskSource& source, const std::vector<Wrong>& all, Complaints& complaints) {
  source.rewind();
  const auto labels = read_labels(source, all);
  auto wrong = all.begin();
  for_each_task(source, value(all.back().task) + 1, [&](TaskId id, const TaskSpec& task) {
    for (; wrong != all.end() && wrong->task == id; ++wrong) {
      // Who lacks it may be the one whose name could not be read.
      if (wrong->is_missing && source.links().lacks_names) continue;
      complaints.add_once(source.complaint(key_of(*wrong, task), wrong->item, message_of(*wrong, task, labels)));
    }
  });
  if (wrong != all.end()) fail_fatal("the tasks changed while they were being read");
}

}  // namespace

TaskGraph read_graph(TaskSource& source, const std::string& launch_dir, Complaints& complaints,
                     const GraphLimits& limits) {
  const TaskSource::Links links = source.links();
  if (!links.asks && !links.makes) return {};
  TaskGraphBuilder builder(launch_dir);
  const bool is_whole = for_each_task(source, links.asks ? limits.asking : limits.making,
                                      [&](TaskId, const TaskSpec& task) { builder.survey(task); });
  source.rewind();
  if (!is_whole && links.asks) {
    fail_usage(fmt::format("some of the tasks wait for others, but there are more than {} of them; divide the run",
                           format_count(limits.asking)));
  }
  if (!is_whole || !builder.is_needed()) return {};
  for_each_task(source, limits.asking, [&](TaskId id, const TaskSpec& task) { builder.add(id, task); });
  TaskGraphBuilder::Result result = builder.finish();
  if (!result.complaints.empty()) complain(source, result.complaints, complaints);
  source.rewind();
  return std::move(result.graph);
}

}  // namespace farm
