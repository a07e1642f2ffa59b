#include "core/lower_bound.hpp"

#include <algorithm>

namespace farm {

LowerBound::LowerBound(TaskGraph graph) : graph_(std::move(graph)), starts_(graph_.nodes()) {
  waits_for_.reserve(graph_.nodes());
  for (std::size_t node = 0; node < graph_.nodes(); ++node) {
    waits_for_.push_back(graph_.predecessors(static_cast<TaskGraph::Node>(node)));
  }
}

void LowerBound::read(const NewTask& task, Nanos duration) {
  const double time = seconds(duration);
  slot_seconds_ += time;
  cpu_seconds_ += time * std::max(1U, task.needs.cpus);
  gpu_seconds_ += time * task.needs.gpus;
  for (const auto& [name, count] : task.needs.tokens) token_seconds_[name] += time * count;
  if (task.after_barrier) barriers_.push_back(task.task);
}

void LowerBound::ended(TaskId task, Nanos duration) {
  while (open_barriers_ < barriers_.size() && barriers_[open_barriers_] <= task) {
    ++open_barriers_;
    barrier_opened_ = last_end_;
  }
  const auto node = graph_.node_of(task);
  const double start = node ? std::max(barrier_opened_, starts_[*node]) : barrier_opened_;
  last_end_ = std::max(last_end_, start + seconds(duration));
  if (node) pass_on(*node, start + seconds(duration));
}

// A join is done as soon as the last of its predecessors is.
void LowerBound::pass_on(TaskGraph::Node node, double end) {
  std::vector<std::pair<TaskGraph::Node, double>> open{{node, end}};
  while (!open.empty()) {
    const auto [from, at] = open.back();
    open.pop_back();
    for (const TaskGraph::Node to : graph_.successors(from)) {
      starts_[to] = std::max(starts_[to], at);
      if (--waits_for_[to] == 0 && !graph_.task_of(to)) open.emplace_back(to, starts_[to]);
    }
  }
}

Nanos LowerBound::of(const Supply& supply) const {
  double bound = std::max(last_end_ / supply.fastest, slot_seconds_ / supply.slots);
  bound = std::max(bound, cpu_seconds_ / supply.cpus);
  if (supply.gpus > 0) bound = std::max(bound, gpu_seconds_ / supply.gpus);
  for (const auto& [name, used] : token_seconds_) {
    const auto there = supply.tokens.find(name);
    if (there != supply.tokens.end() && there->second > 0) bound = std::max(bound, used / there->second);
  }
  return std::chrono::round<Nanos>(std::chrono::duration<double>(bound));
}

}  // namespace farm
