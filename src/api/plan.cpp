#include "api/plan.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <cstdlib>
#include <deque>
#include <memory>
#include <set>
#include <unordered_map>
#include <utility>

#include "api/missing_files.hpp"
#include "api/node_here.hpp"
#include "api/open_tasks.hpp"
#include "api/prepare.hpp"
#include "base/needs_text.hpp"
#include "base/program_path.hpp"
#include "base/redact.hpp"
#include "base/text.hpp"
#include "farm/error.hpp"
#include "node/fill_slot.hpp"
#include "shepherd/plain_command.hpp"
#include "store/replay.hpp"
#include "sweep/slips.hpp"
#include "sweep/written_files.hpp"

namespace farm {
namespace {

constexpr std::uint64_t most_seen = 1'000'000;
constexpr std::size_t lines_shown = 3;
constexpr std::size_t slips_shown = 20;
constexpr std::uint32_t any_slot = 1;

std::string path_variable() {
  const char* const path = std::getenv("PATH");
  return path == nullptr ? std::string() : path;
}

// What an earlier run in the same directory has achieved.
class Earlier {
 public:
  Earlier(const std::string& path, const TaskSource& source, Plan& plan) {
    if (::access(path.c_str(), F_OK) != 0) return;
    dir_.emplace(RunDir::view(path));
    const Replay replay(*dir_, JournalReader::Damage::skip);
    if (!replay.last()) return;
    plan.run_dir = path;
    plan.is_same_manifest = replay.continues(source.digest());
    history_ = replay.load(plan.is_same_manifest ? Replay::By::ordinal : Replay::By::identity);
    by_ordinal_ = plan.is_same_manifest;
    for (const TasksSent::Item& item : history_.lost) lost_.insert(item.task);
  }

  bool has_done(TaskId id, const TaskSpec& task, const std::string& launch_dir) {
    if (by_ordinal_) return history_.succeeded.contains(id);
    return history_.successes.size() > 0 && history_.successes.take(identity(task, launch_dir));
  }
  bool has_failed(TaskId id) const { return by_ordinal_ && history_.failed.contains(id); }
  bool has_lost(TaskId id) const { return by_ordinal_ && lost_.contains(id); }

 private:
  std::optional<RunDir> dir_;
  History history_;
  std::set<TaskId> lost_;
  bool by_ordinal_ = false;
};

class Planner {
 public:
  explicit Planner(const RunOptions& options)
      : options_(options),
        launch_dir_(launch_directory()),
        tasks_(open_tasks(options, launch_dir_, 1, true)),
        missing_(launch_dir_) {}

  Plan make() {
    Earlier earlier(earlier_path(), *tasks_.source, plan_);
    TaskSpec task;
    bool ended = false;
    while (!ended && plan_.seen < most_seen) {
      switch (tasks_.source->next(task)) {
        case TaskSource::Next::task:
          look_at(task, earlier);
          break;
        case TaskSource::Next::later:
          wait();
          break;
        case TaskSource::Next::end:
          ended = true;
      }
    }
    plan_.total = ended ? plan_.seen : tasks_.source->total();
    if (ended) plan_.last.assign(last_.begin(), last_.end());
    // Who makes what is missing is known only now, and only when all were seen.
    if (ended) {
      for (std::string& line : missing_.lines()) add_slip(std::move(line));
    }
    return std::move(plan_);
  }

 private:
  // An ephemeral run finds nothing.
  std::string earlier_path() const {
    if (options_.fresh) return {};
    if (options_.run_dir) return *options_.run_dir;
    return options_.sweep || !tasks_.source->digest() ? std::string() : run_dir_of(options_.manifest, options_.shard);
  }

  void wait() const {
    pollfd readable{.fd = tasks_.source->fd(), .events = POLLIN, .revents = 0};
    ::poll(&readable, 1, -1);
  }

  void look_at(const TaskSpec& task, Earlier& earlier) {
    const TaskId id{plan_.seen++};
    const auto filled = at_slot(task, any_slot);
    const std::string command = command_line(filled ? *filled : task);
    if (!options_.sweep) missing_.makes(task);
    if (plan_.seen == 1 && options_.sweep && !options_.sweep->pipe) {
      for (std::string& slip : find_slips(*options_.sweep, tasks_.value_names, task.values.size()))
        add_slip(std::move(slip));
    }
    if (task.skip || (tasks_.logged && tasks_.logged->contains(id))) {
      ++plan_.skipped;
      return;
    }
    keep(plan_.seen, options_.redact ? redacted(filled ? *filled : task).command : command);
    if (earlier.has_done(id, task, launch_dir_)) {
      ++plan_.done;
    } else {
      ++plan_.to_run;
      if (!options_.sweep) look_for_files(task);
      if (earlier.has_failed(id)) ++plan_.failed;
      if (earlier.has_lost(id)) ++plan_.cut_short;
    }
    check_program(task, command);
    check_files(task, command);
    check_needs(task);
  }

  void look_for_files(const TaskSpec& task) {
    missing_.needs(task, [this](std::string_view key, std::size_t item) {
      const Complaint place = tasks_.source->complaint(key, item, "");
      if (place.file.empty()) return fmt::format("task {}", plan_.seen);
      return fmt::format("{}:{}:{}", printable(place.file), place.line, place.column);
    });
  }

  // Of the node this runs on, which is all that is known before the run.
  void check_needs(const TaskSpec& task) {
    if (task.needs.is_plain() || !shapes_.insert(task.needs).second) return;
    if (!node_) node_ = node_here(options_);
    const Needs has{.cpus = std::max(node_->cpus, 1U),
                    .memory = node_->memory,
                    .gpus = static_cast<std::uint32_t>(node_->gpus.size()),
                    .tokens = {}};
    const bool has_memory = has.memory == 0 || task.needs.memory <= has.memory;
    if (task.needs.cpus <= has.cpus && has_memory && task.needs.gpus <= has.gpus) return;
    add_slip(fmt::format("task {} needs {}, and this node has {}; --node-cpus and its like say what others have",
                         plan_.seen, format_needs(task.needs), format_needs(has)));
  }

  void keep(std::uint64_t number, const std::string& command) {
    if (plan_.first.size() < lines_shown) {
      plan_.first.push_back({number, command});
      return;
    }
    last_.push_back({number, command});
    if (last_.size() > lines_shown) last_.pop_front();
  }

  void check_program(const TaskSpec& task, const std::string& command) {
    const std::string program = task.argv.empty() ? first_program(command) : task.argv.front();
    if (program.empty() || !programs_.insert(program).second) return;
    // The shell's own words are not looked up.
    const bool is_program = !task.argv.empty() || plain_command(program).has_value();
    if (is_program && task.cwd.empty() && !is_runnable(program, path_variable())) {
      add_slip(fmt::format("task {}: there is no program {} here", plan_.seen, shell_quote(printable(program))));
    }
  }

  void check_files(const TaskSpec& task, const std::string& command) {
    std::vector<std::string> files = written_files(command);
    if (!task.results.empty()) files.push_back(task.results);
    for (const std::string& file : files) {
      const std::string place = file.starts_with('/') ? file : task.cwd + "/" + file;
      const auto [found, is_new] = writers_.emplace(std::hash<std::string>()(place), plan_.seen);
      if (is_new || found->second == plan_.seen) continue;
      add_slip(fmt::format("tasks {} and {} both write {}", found->second, plan_.seen, shell_quote(printable(file))));
    }
  }

  void add_slip(std::string slip) {
    if (options_.redact) slip = redact(slip);
    if (plan_.slips.size() < slips_shown) {
      plan_.slips.push_back(std::move(slip));
    } else {
      ++plan_.more_slips;
    }
  }

  const RunOptions& options_;
  std::string launch_dir_;
  Tasks tasks_;
  MissingFiles missing_;
  Plan plan_;
  std::deque<Plan::Line> last_;
  std::optional<NodeResources> node_;                       // this one, when somebody asks
  std::set<Needs> shapes_;                                  // looked at
  std::set<std::string> programs_;                          // looked up
  std::unordered_map<std::size_t, std::uint64_t> writers_;  // of a file, by its name's hash
};

}  // namespace

Plan make_plan(const RunOptions& options) { return Planner(options).make(); }

}  // namespace farm
