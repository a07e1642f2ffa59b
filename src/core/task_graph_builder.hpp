/// From what tasks say they come after, read and make to a TaskGraph, or to everything that is wrong with it. Knows
/// nothing of where tasks come from: complaints name them by their numbers.
///
/// All tasks are shown twice, in the same order: first to learn what is asked for at all, so that a name or a file that
/// nobody asks for costs nothing. Names and files are told apart by 64-bit hashes: that two of ten million only look
/// alike is less likely than one in 300,000.
#pragma once
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/glob_index.hpp"
#include "core/task_graph.hpp"
#include "farm/task.hpp"

namespace farm {

class TaskGraphBuilder {
 public:
  struct Complaint {
    TaskId task{};
    /// A text for fmt in which {item} stands for the item that is complained about and {others} for `others`.
    std::string text;
    std::string_view key;  ///< of the task: "after", "inputs", "outputs", "stdin", "stdout" or "stderr"
    std::size_t item = 0;  ///< of the key's list
    std::vector<TaskId> others;
    bool is_missing = false;  ///< no task has such a name
  };

  struct Result {
    TaskGraph graph;  ///< empty when there are complaints
    std::vector<Complaint> complaints;
  };

  /// So many complaints are kept.
  static constexpr std::size_t most_complaints = 1000;

  /// Files of tasks without a directory are looked for in `launch_dir`.
  explicit TaskGraphBuilder(std::string launch_dir) : launch_dir_(std::move(launch_dir)) {}

  /// First for every task. A file that is a standard stream counts among `inputs` or `outputs`; what is below /dev is
  /// no file that anybody makes.
  void survey(const TaskSpec& task);

  /// Known once all tasks are surveyed: whether add() and finish() can find anything at all.
  bool is_needed();

  /// Then for every task again, with ascending numbers.
  void add(TaskId id, const TaskSpec& task);

  /// No more tasks: what they make together. Complaints are in the order of the tasks.
  Result finish();

 private:
  using Node = TaskGraph::Node;
  using Hash = std::uint64_t;
  static constexpr Node none = std::numeric_limits<Node>::max();

  /// `node` waits for `target`: a link, or, counted on behind the links, a pattern.
  struct Request {
    Node node;
    std::uint32_t target;
    std::uint32_t item;
  };
  struct Edge {
    Node from;
    Node to;
    friend auto operator<=>(const Edge&, const Edge&) = default;
  };
  struct Glob {
    std::vector<Node> members;
    std::vector<Request> own;  ///< requests of members themselves
    std::uint32_t users = 0;
  };
  /// The requests of one node, begin to end.
  struct RequestList {
    Hash hash;
    std::size_t begin;
    std::size_t end;
  };

  void end_survey();
  void add_names(TaskId id, const TaskSpec& task, Node& node, std::vector<Request>& requests);
  void add_files(TaskId id, const TaskSpec& task, Node& node, std::vector<Request>& requests);
  void claim_output(TaskId id, Hash file, std::string_view key, std::size_t item);
  Node make_node(TaskId id, const TaskSpec& task, Node& node);
  std::uint32_t find_link(Hash hash) const;
  void complain(Complaint complaint);

  void drop_unmatched();
  void resolve_own(Glob& glob);
  Node make_join();
  void share_lists();
  bool asks_the_same(const RequestList& a, const RequestList& b) const;
  void share(std::span<const RequestList> lists);
  void join_globs();
  void resolve_requests();
  void sort_edges();
  void complain_of_circle(const std::vector<Node>& nodes);
  void check_barriers(const std::vector<Node>& order);
  void set_levels(const std::vector<Node>& order);
  bool is_task(Node node) const { return node < graph_.tasks_.size(); }

  std::string launch_dir_;
  bool is_surveyed_ = false;
  std::vector<Hash> inputs_;   // of the survey
  std::vector<Hash> outputs_;  // of the survey
  GlobIndex patterns_;

  std::vector<Hash> links_;                        // names and files that somebody asks for, ascending
  std::vector<Node> makers_;                       // of each link
  std::vector<Hash> doubled_;                      // outputs that more than one task makes, ascending
  std::unordered_map<Hash, TaskId> first_makers_;  // of doubled_
  std::vector<Glob> globs_;                        // as patterns_ numbers them
  std::vector<Request> requests_;
  std::vector<Edge> edges_;
  std::vector<TaskId> barriers_;
  TaskGraph graph_;
  std::vector<Complaint> complaints_;
};

/// The graph of tasks that are all there, numbered from 0.
TaskGraphBuilder::Result make_task_graph(const std::vector<TaskSpec>& tasks, const std::string& launch_dir);

}  // namespace farm
