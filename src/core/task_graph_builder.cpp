#include "core/task_graph_builder.hpp"

#include <algorithm>
#include <functional>
#include <string_view>

#include "core/graph_order.hpp"
#include "core/task_files.hpp"

namespace farm {
namespace {

constexpr double unknown_cost = 1;

std::uint64_t hash_of_name(std::string_view name) { return std::hash<std::string_view>()(name); }

void sort_unique(std::vector<std::uint64_t>& hashes) {
  std::sort(hashes.begin(), hashes.end());
  hashes.erase(std::unique(hashes.begin(), hashes.end()), hashes.end());
}

// Those that are there more than once, from sorted ones.
std::vector<std::uint64_t> repeated(const std::vector<std::uint64_t>& hashes) {
  std::vector<std::uint64_t> found;
  for (std::size_t i = 1; i < hashes.size(); ++i) {
    if (hashes[i] == hashes[i - 1] && (found.empty() || found.back() != hashes[i])) found.push_back(hashes[i]);
  }
  return found;
}

}  // namespace

// --- the survey -----------------------------------------------------------------------------------------------------

void TaskGraphBuilder::survey(const TaskSpec& task) {
  for (const std::string& item : task.after) {
    if (GlobIndex::is_pattern(item)) {
      patterns_.add(item);
    } else {
      links_.push_back(hash_of_name(item));
    }
  }
  const TaskFiles files = files_of(task, launch_dir_);
  for (const TaskFile& file : files.inputs) inputs_.push_back(file.hash);
  const std::size_t others = outputs_.size();
  for (const TaskFile& file : files.outputs) {
    const auto own = outputs_.begin() + static_cast<std::ptrdiff_t>(others);
    if (std::find(own, outputs_.end(), file.hash) == outputs_.end()) outputs_.push_back(file.hash);
  }
}

bool TaskGraphBuilder::is_needed() {
  end_survey();
  return !links_.empty() || patterns_.size() > 0 || !doubled_.empty();
}

void TaskGraphBuilder::end_survey() {
  if (is_surveyed_) return;
  is_surveyed_ = true;
  std::sort(outputs_.begin(), outputs_.end());
  doubled_ = repeated(outputs_);
  sort_unique(inputs_);
  for (const Hash file : inputs_) {
    if (std::binary_search(outputs_.begin(), outputs_.end(), file)) links_.push_back(file);
  }
  sort_unique(links_);
  links_.shrink_to_fit();
  inputs_ = {};
  outputs_ = {};
  makers_.assign(links_.size(), none);
  globs_.resize(patterns_.size());
}

// --- the second time ------------------------------------------------------------------------------------------------

void TaskGraphBuilder::add(TaskId id, const TaskSpec& task) {
  end_survey();
  if (task.after_barrier) barriers_.push_back(id);
  Node node = none;
  std::vector<Request> requests;
  add_names(id, task, node, requests);
  add_files(id, task, node, requests);
  const auto by_target = [](const Request& a, const Request& b) { return a.target < b.target; };
  std::stable_sort(requests.begin(), requests.end(), by_target);
  const auto is_same = [](const Request& a, const Request& b) { return a.target == b.target; };
  requests_.insert(requests_.end(), requests.begin(), std::unique(requests.begin(), requests.end(), is_same));
}

void TaskGraphBuilder::add_names(TaskId id, const TaskSpec& task, Node& node, std::vector<Request>& requests) {
  std::vector<std::uint32_t> matched;
  if (!task.name.empty()) {
    const std::uint32_t link = find_link(hash_of_name(task.name));
    if (link != none) makers_[link] = make_node(id, task, node);
    if (patterns_.size() > 0) matched = patterns_.matches(task.name);
    for (const std::uint32_t pattern : matched) globs_[pattern].members.push_back(make_node(id, task, node));
  }
  for (std::uint32_t item = 0; item < task.after.size(); ++item) {
    const std::string& text = task.after[item];
    if (!GlobIndex::is_pattern(text)) {
      const std::uint32_t link = find_link(hash_of_name(text));
      if (text == task.name) {
        complain({id, "a task cannot wait for itself", "after", item, {}});
      } else if (link != none) {
        requests.push_back({make_node(id, task, node), link, item});
      }
      continue;
    }
    const std::uint32_t pattern = patterns_.add(text);
    Glob& glob = globs_.at(pattern);
    const Request request{make_node(id, task, node), static_cast<std::uint32_t>(links_.size()) + pattern, item};
    if (std::find(matched.begin(), matched.end(), pattern) == matched.end()) {
      requests.push_back(request);
    } else if (glob.own.empty() || glob.own.back().node != node) {
      glob.own.push_back(request);
    }
  }
}

void TaskGraphBuilder::add_files(TaskId id, const TaskSpec& task, Node& node, std::vector<Request>& requests) {
  const TaskFiles files = files_of(task, launch_dir_);
  for (const TaskFile& file : files.outputs) {
    claim_output(id, file.hash, file.key, file.item);
    const std::uint32_t link = find_link(file.hash);
    if (link != none && makers_[link] == none) makers_[link] = make_node(id, task, node);
  }
  for (const TaskFile& file : files.inputs) {
    const std::uint32_t link = find_link(file.hash);
    if (link == none) continue;
    if (files.makes(file.hash)) {
      complain({id, "this task makes '{item}' itself: it cannot wait for it", file.key, file.item, {}});
    } else {
      requests.push_back({make_node(id, task, node), link, static_cast<std::uint32_t>(file.item)});
    }
  }
}

void TaskGraphBuilder::claim_output(TaskId id, Hash file, std::string_view key, std::size_t item) {
  if (!std::binary_search(doubled_.begin(), doubled_.end(), file)) return;
  const auto [maker, is_first] = first_makers_.emplace(file, id);
  if (!is_first && maker->second != id) {
    complain({id, "'{item}' is made by {others}, too", key, item, {maker->second}});
  }
}

TaskGraphBuilder::Node TaskGraphBuilder::make_node(TaskId id, const TaskSpec& task, Node& node) {
  if (node != none) return node;
  node = static_cast<Node>(graph_.tasks_.size());
  graph_.tasks_.push_back(id);
  graph_.levels_.push_back(task.cost ? std::chrono::duration<double>(*task.cost).count() : unknown_cost);
  return node;
}

std::uint32_t TaskGraphBuilder::find_link(Hash hash) const {
  const auto found = std::lower_bound(links_.begin(), links_.end(), hash);
  return found == links_.end() || *found != hash ? none : static_cast<std::uint32_t>(found - links_.begin());
}

void TaskGraphBuilder::complain(Complaint complaint) {
  if (complaints_.size() < most_complaints) complaints_.push_back(std::move(complaint));
}

// --- the graph ------------------------------------------------------------------------------------------------------

TaskGraphBuilder::Result TaskGraphBuilder::finish() {
  end_survey();
  drop_unmatched();
  for (Glob& glob : globs_) resolve_own(glob);
  share_lists();
  join_globs();
  resolve_requests();
  sort_edges();
  const std::vector<Node> order = topological_order(graph_);
  for (const std::vector<Node>& circle : find_circles(graph_, order)) complain_of_circle(circle);
  check_barriers(order);
  if (complaints_.empty()) {
    set_levels(order);
    return {std::move(graph_), {}};
  }
  std::stable_sort(complaints_.begin(), complaints_.end(),
                   [](const Complaint& a, const Complaint& b) { return a.task < b.task; });
  return {{}, std::move(complaints_)};
}

void TaskGraphBuilder::drop_unmatched() {
  const auto is_unmatched = [&](const Request& request) {
    const bool is_name = request.target < links_.size();
    if (is_name ? makers_[request.target] != none : !globs_[request.target - links_.size()].members.empty())
      return false;
    complain({graph_.tasks_[request.node],
              is_name ? "no task is called '{item}'" : "no task has a name like '{item}'",
              "after",
              request.item,
              {},
              true});
    return true;
  };
  requests_.erase(std::remove_if(requests_.begin(), requests_.end(), is_unmatched), requests_.end());
}

// One task may come after all others that its own name is like; two such tasks wait for one another.
void TaskGraphBuilder::resolve_own(Glob& glob) {
  if (glob.own.empty()) return;
  const Request& own = glob.own.front();
  const TaskId task = graph_.tasks_[own.node];
  if (glob.members.size() == 1) {
    complain({task, "only this task itself has a name like '{item}'", "after", own.item, {}});
  } else if (glob.own.size() > 1) {
    const TaskId other = graph_.tasks_[glob.own[1].node];
    complain({task, "these wait for one another: {others}", "after", own.item, {task, other, task}});
  } else {
    for (const Node member : glob.members) {
      if (member != own.node) edges_.push_back({member, own.node});
    }
  }
}

TaskGraphBuilder::Node TaskGraphBuilder::make_join() {
  graph_.levels_.push_back(0);
  return static_cast<Node>(graph_.levels_.size() - 1);
}

// Tasks that ask for exactly the same, as those of a sweep often do, share a join for it.
void TaskGraphBuilder::share_lists() {
  std::vector<RequestList> lists;
  for (std::size_t begin = 0; begin < requests_.size();) {
    RequestList list{0, begin, begin};
    for (; list.end < requests_.size() && requests_[list.end].node == requests_[begin].node; ++list.end) {
      list.hash = (list.hash + requests_[list.end].target + 1) * 0x9E3779B97F4A7C15U;
    }
    if (list.end - list.begin > 1) lists.push_back(list);
    begin = list.end;
  }
  std::stable_sort(lists.begin(), lists.end(),
                   [](const RequestList& a, const RequestList& b) { return a.hash < b.hash; });
  for (auto first = lists.begin(); first != lists.end();) {
    const auto last =
        std::find_if(first, lists.end(), [&](const RequestList& list) { return !asks_the_same(list, *first); });
    share({first, last});
    first = last;
  }
  const auto is_shared = [](const Request& request) { return request.node == none; };
  requests_.erase(std::remove_if(requests_.begin(), requests_.end(), is_shared), requests_.end());
}

bool TaskGraphBuilder::asks_the_same(const RequestList& a, const RequestList& b) const {
  if (a.hash != b.hash || a.end - a.begin != b.end - b.begin) return false;
  for (std::size_t i = 0; i < a.end - a.begin; ++i) {
    if (requests_[a.begin + i].target != requests_[b.begin + i].target) return false;
  }
  return true;
}

void TaskGraphBuilder::share(std::span<const RequestList> lists) {
  const std::size_t size = lists.front().end - lists.front().begin;
  if (lists.size() * size <= lists.size() + size) return;
  const Node join = make_join();
  for (const RequestList& list : lists) {
    edges_.push_back({join, requests_[list.begin].node});
    for (std::size_t i = list.begin; i < list.end; ++i) {
      if (&list == &lists.front()) requests_.push_back({join, requests_[i].target, requests_[i].item});
      requests_[i].node = none;
    }
  }
}

void TaskGraphBuilder::join_globs() {
  for (const Request& request : requests_) {
    if (request.target >= links_.size()) ++globs_[request.target - links_.size()].users;
  }
  for (Glob& glob : globs_) {
    const std::uint64_t members = glob.members.size();
    if (glob.users * members <= glob.users + members) continue;
    const Node join = make_join();
    for (const Node member : glob.members) edges_.push_back({member, join});
    glob.members = {join};
  }
}

void TaskGraphBuilder::resolve_requests() {
  for (const Request& request : requests_) {
    if (request.target < links_.size()) {
      edges_.push_back({makers_[request.target], request.node});
      continue;
    }
    for (const Node member : globs_[request.target - links_.size()].members) edges_.push_back({member, request.node});
  }
  requests_ = {};
}

void TaskGraphBuilder::sort_edges() {
  std::sort(edges_.begin(), edges_.end());
  edges_.erase(std::unique(edges_.begin(), edges_.end()), edges_.end());
  const std::size_t nodes = graph_.levels_.size();
  graph_.predecessors_.assign(nodes, 0);
  graph_.first_successor_.assign(nodes + 1, 0);
  graph_.successors_.reserve(edges_.size());
  for (const Edge& edge : edges_) {
    ++graph_.predecessors_[edge.to];
    ++graph_.first_successor_[edge.from + 1];
    graph_.successors_.push_back(edge.to);
  }
  for (std::size_t node = 0; node < nodes; ++node) graph_.first_successor_[node + 1] += graph_.first_successor_[node];
  edges_ = {};
}

void TaskGraphBuilder::complain_of_circle(const std::vector<Node>& nodes) {
  constexpr std::size_t most_shown = 20;
  std::vector<TaskId> circle;
  for (const Node node : nodes) {
    if (is_task(node)) circle.push_back(graph_.tasks_[node]);
  }
  std::rotate(circle.begin(), std::min_element(circle.begin(), circle.end()), circle.end());
  const TaskId first = circle.front();
  if (circle.size() < most_shown) {
    circle.push_back(first);
    return complain({first, "these wait for one another: {others}", "after", 0, std::move(circle)});
  }
  const std::string count = std::to_string(circle.size());
  circle.resize(most_shown);
  complain({first, "these " + count + " tasks wait for one another: {others} -> ...", "after", 0, std::move(circle)});
}

// What waits for a task behind a barrier that in turn waits for it would wait for ever.
void TaskGraphBuilder::check_barriers(const std::vector<Node>& order) {
  if (barriers_.empty()) return;
  std::vector<TaskId> latest(graph_.nodes(), TaskId{});  // that a join waits for
  for (const Node node : order) {
    const TaskId before = is_task(node) ? graph_.tasks_[node] : latest[node];
    for (const Node successor : graph_.successors(node)) {
      if (!is_task(successor)) {
        latest[successor] = std::max(latest[successor], before);
        continue;
      }
      const TaskId task = graph_.tasks_[successor];
      const auto barrier = std::upper_bound(barriers_.begin(), barriers_.end(), task);
      if (barrier == barriers_.end() || *barrier > before) continue;
      complain({task, "this waits for {others}, and that, behind a barrier, for this", "after", 0, {before}});
    }
  }
}

void TaskGraphBuilder::set_levels(const std::vector<Node>& order) {
  for (auto node = order.rbegin(); node != order.rend(); ++node) {
    double behind = 0;
    for (const Node successor : graph_.successors(*node)) behind = std::max(behind, graph_.levels_[successor]);
    graph_.levels_[*node] += behind;
  }
}

TaskGraphBuilder::Result make_task_graph(const std::vector<TaskSpec>& tasks, const std::string& launch_dir) {
  TaskGraphBuilder builder(launch_dir);
  for (const TaskSpec& task : tasks) builder.survey(task);
  TaskId id{};
  for (const TaskSpec& task : tasks) {
    builder.add(id, task);
    id = next(id);
  }
  return builder.finish();
}

}  // namespace farm
