#include "api/simulate.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <utility>

#include "api/prepare.hpp"
#include "base/text.hpp"
#include "base/units.hpp"
#include "farm/error.hpp"
#include "manifest/read_manifest.hpp"
#include "node/slots.hpp"
#include "store/recorded_times.hpp"

namespace farm {
namespace {

std::vector<Nanos> read_durations(const std::string& path) {
  std::ifstream file(path);
  if (!file) {
    fail_usage(
        fmt::format("--durations {0}: this is neither a distribution (exp:1s, const:100ms, uniform:1s..3s, "
                    "lognormal:10s,0.5) nor a "
                    "file that can be read",
                    shell_quote(printable(path))));
  }
  std::vector<Nanos> durations;
  for (std::string line; std::getline(file, line);) {
    const auto duration = parse_duration(line);
    if (!duration) {
      fail_usage(fmt::format("{}:{}: expected a duration, as 12.5 or 250ms, one a line; found {}", printable(path),
                             durations.size() + 1, shell_quote(printable(line, 60))));
    }
    durations.push_back(*duration);
  }
  if (durations.empty()) fail_usage(printable(path) + ": there are no durations in this file");
  return durations;
}

// What the tasks are, as often as they are wanted.
class Workload {
 public:
  explicit Workload(const SimulateOptions& options) : options_(options) {
    open();
    if (!options.durations_file.empty()) given_ = read_durations(options.durations_file);
    if (source_ && !source_->digest()) {
      fail_usage("farm simulate reads a manifest once for every number of ranks: write the list to a file first");
    }
    survey();
  }

  void begin() {
    if (source_) source_->rewind();
    random_.emplace(options_.durations.value_or(DurationRule{}), options_.seed);
    read_ = 0;
  }

  bool next(SimulatedTask& task) {
    task = {};
    if (!source_ && read_ == recorded_.durations.size()) return false;
    TaskSpec spec;
    if (source_ && source_->next(spec) != TaskSource::Next::task) return false;
    task.task = {.task = TaskId{read_},
                 .succeeded_before = spec.skip,
                 .after_barrier = spec.after_barrier,
                 .priority = spec.priority,
                 .expected = spec.cost.value_or(Nanos::zero()),
                 .needs = std::move(spec.needs)};
    const Nanos known = known_duration(spec);
    if (uses_record_ && known > Nanos::zero()) task.task.expected = known;
    task.duration = known > Nanos::zero() ? known : usual_;
    ++read_;
    return true;
  }

  TaskGraph graph() const { return graph_; }
  bool is_ordered() const { return uses_record_ || has_order_; }
  Nanos spawn() const {
    return options_.spawn.value_or(uses_record_ ? recorded_.between.value_or(SimulatedCosts{}.spawn)
                                                : SimulatedCosts{}.spawn);
  }
  const std::vector<std::string>& notes() const { return notes_; }

 private:
  void open() {
    const bool is_run = std::filesystem::is_directory(options_.what);
    const std::string launch_dir = launch_directory();
    const std::string run = is_run ? options_.what : run_dir_of(options_.what);
    if (!is_run) open_manifest(options_.what, launch_dir);
    if (!std::filesystem::is_directory(run)) return;
    recorded_ = read_recorded_times(RunDir::view(run));
    if (is_run) open_manifest_of_run();
    const bool is_same = recorded_.last && (!source_ || recorded_.last->digest == source_->digest());
    if (!is_same) recorded_.durations.clear();
    uses_record_ = !options_.durations && options_.durations_file.empty() && has_recorded();
    if (uses_record_) {
      notes_.push_back("durations as recorded in " + printable(run) + ", known beforehand: the longest tasks go first");
    }
  }

  void open_manifest(const std::string& path, const std::string& launch_dir) {
    Manifest manifest = read_manifest(path, launch_dir, {}, OutputNames::anywhere);
    source_ = std::move(manifest.source);
    graph_ = std::move(manifest.graph);
  }

  void open_manifest_of_run() {
    const auto& last = recorded_.last;
    if (!last) fail_usage(printable(options_.what) + ": nothing was run here yet; give the manifest and --durations");
    const std::filesystem::path path = std::filesystem::path(last->directory) / last->manifest;
    try {
      if (last->digest) open_manifest(path.string(), last->directory);
    } catch (const Error&) {
      source_.reset();
    }
    if (source_ && source_->digest() == last->digest) return;
    source_.reset();
    graph_ = {};
    notes_.push_back(
        "the manifest of this run is gone or has changed: its tasks as if none needed or waited for anything");
  }

  bool has_recorded() const {
    return std::any_of(recorded_.durations.begin(), recorded_.durations.end(), [](Nanos d) { return d > Nanos(0); });
  }

  Nanos known_duration(const TaskSpec& spec) {
    if (options_.durations) return random_->next();
    if (!given_.empty()) return read_ < given_.size() ? given_[read_] : Nanos::zero();
    if (uses_record_) return read_ < recorded_.durations.size() ? recorded_.durations[read_] : Nanos::zero();
    return spec.cost.value_or(Nanos::zero());
  }

  // One look at all of them: what a task without a duration takes, and whether there is an order.
  void survey() {
    usual_ = Nanos::zero();
    begin();
    double sum = 0;
    std::uint64_t known = 0;
    SimulatedTask task;
    while (next(task)) {
      has_order_ = has_order_ || task.task.priority != 0 || task.task.expected > Nanos::zero();
      if (task.duration == Nanos::zero() && !options_.durations) continue;
      sum += seconds(task.duration);
      ++known;
    }
    if (read_ == 0) fail_usage(printable(options_.what) + ": there are no tasks in it");
    if (known == 0) refuse_unknown();
    if (known == read_) return;
    if (!given_.empty()) {
      fail_usage(fmt::format("{} has {} durations for {} tasks: one for each is needed",
                             printable(options_.durations_file), format_count(given_.size()), format_count(read_)));
    }
    usual_ = std::chrono::round<Nanos>(std::chrono::duration<double>(sum / static_cast<double>(known)));
    notes_.push_back(fmt::format("{} of {} tasks have no duration: as long as the mean of the others, {}",
                                 format_count(read_ - known), format_count(read_), format_duration(usual_)));
  }

  [[noreturn]] void refuse_unknown() const {
    fail_usage(
        fmt::format("nothing is known of how long the tasks of {0} take: run it first, give tasks a cost, or say "
                    "--durations exp:1s "
                    "(const:100ms, uniform:1s..3s, lognormal:10s,0.5, or a file with one a line)",
                    printable(options_.what)));
  }

  const SimulateOptions& options_;
  std::unique_ptr<TaskSource> source_;
  TaskGraph graph_;
  RecordedTimes recorded_;
  std::vector<Nanos> given_;
  std::optional<RandomDurations> random_;
  std::uint64_t read_ = 0;
  Nanos usual_{0};
  bool uses_record_ = false;
  bool has_order_ = false;
  std::vector<std::string> notes_;
};

std::uint32_t cpus_of_node(const SimulateOptions& options) {
  return std::max(1U, options.node_cpus.value_or(options.ranks_per_node));
}

// As mpirun would place them, node after node. Rank 0 works only when it is alone.
std::vector<SimulatedRank> place(const SimulateOptions& options, std::uint32_t ranks) {
  std::vector<SimulatedRank> workers;
  const std::uint32_t cpus = cpus_of_node(options);
  if (ranks == 1) return {{.slots = share_slots(options.slots, cpus, 1, 0).slots, .node = 0}};
  for (std::uint32_t rank = 1; rank < ranks; ++rank) {
    const std::uint32_t node = rank / options.ranks_per_node;
    const std::uint32_t first = std::max(1U, node * options.ranks_per_node);
    const std::uint32_t after = std::min(ranks, (node + 1) * options.ranks_per_node);
    const SlotShare share = share_slots(options.slots, cpus, after - first, rank - first);
    if (share.slots > 0) workers.push_back({.slots = share.slots, .node = node});
  }
  return workers;
}

SimulatedRuns::Row simulate_row(const SimulateOptions& options, Workload& work, std::uint32_t ranks) {
  SimulatedRuns::Row row{.ranks = ranks, .nodes = (ranks + options.ranks_per_node - 1) / options.ranks_per_node};
  work.begin();
  SimulationSetup setup{
      .costs = {.latency = options.latency, .spawn = work.spawn()},
      .workers = place(options, ranks),
      .node = {.cpus = cpus_of_node(options), .gpus = options.node_gpus, .memory = options.node_memory},
      .tokens = options.tokens,
      .graph = work.graph(),
      .orders_by_weight = work.is_ordered(),
      .next_task = [&work](SimulatedTask& task) { return work.next(task); }};
  for (const SimulatedRank& worker : setup.workers) row.slots += worker.slots;
  row.result = simulate(std::move(setup));
  if (row.result.left > 0) {
    std::vector<std::string> numbers;
    for (const Misfit& misfit : row.result.misfits) numbers.push_back(fmt::format("{}", value(misfit.task) + 1));
    fail_usage(fmt::format(
        "no node of {} ranks has what task {} needs (the first of each kind is named): say what a node has "
        "with --ranks-per-node, --node-cpus, --node-mem and --node-gpus, and how many tokens there are with "
        "--token",
        options.ranks_per_node, fmt::join(numbers, ", ")));
  }
  row.core_hours = row.nodes * cpus_of_node(options) * seconds(row.result.makespan) / 3600;
  return row;
}

// Of what is far below a second as a rule.
std::string brief(Nanos time) {
  if (time >= std::chrono::seconds(1)) return format_duration(time);
  if (time >= std::chrono::milliseconds(1)) return fmt::format("{:.4g} ms", seconds(time) * 1e3);
  return fmt::format("{:.4g} us", seconds(time) * 1e6);
}

}  // namespace

SimulatedRuns simulate_runs(const SimulateOptions& options) {
  Workload work(options);
  SimulatedRuns runs;
  for (const std::uint32_t ranks : options.ranks) runs.rows.push_back(simulate_row(options, work, ranks));
  runs.assumptions = work.notes();
  const SimulatedCosts costs;
  runs.assumptions.push_back(fmt::format("to start and end a task takes its slot {}, a message {} on its way",
                                         brief(work.spawn()), brief(options.latency)));
  runs.assumptions.push_back(fmt::format("rank 0 takes {} for a message and its answer and {} for a task",
                                         brief(costs.per_message), brief(costs.per_task)));
  runs.assumptions.emplace_back("no failures, nothing else on the nodes, and the start of MPI is not counted");
  return runs;
}

}  // namespace farm
