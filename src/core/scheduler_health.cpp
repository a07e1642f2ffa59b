// The part of the scheduler that doubts workers: those that fail what succeeds elsewhere get no more tasks for a while.
#include <algorithm>
#include <utility>

#include "core/scheduler.hpp"

namespace farm {

namespace {

// Before it can have done any work.
constexpr Nanos at_once = std::chrono::seconds(1);
constexpr double at_once_share = 0.05;  // of what good ones take

// Attempts at a task, one after the other, that may be its workers' fault.
constexpr std::size_t most_doubts = 3;

}  // namespace

void Scheduler::note_end(Rank worker, const Outcome& outcome) {
  using End = Health::End;
  const End how = succeeded(outcome) ? End::well : ended_at_once(outcome) ? End::badly_at_once : End::badly;
  health_.ended(worker, how);
  if (on_probation_.contains(worker)) end_probe(worker, how != End::badly_at_once);
  if (set_aside_.contains(worker) || held_.contains(worker) || !is_racing(worker)) return;
  held_.insert(worker);
  close(worker);
}

bool Scheduler::ended_at_once(const Outcome& outcome) const {
  if (may_be_the_workers_fault(outcome)) return true;
  if (outcome.cause != Cause::exited && outcome.cause != Cause::signaled) return false;
  const double good = good_seconds_.value();
  return outcome.usage.wall <= at_once && (good == 0 || seconds(outcome.usage.wall) <= at_once_share * good);
}

bool Scheduler::is_suspicious(const Outcome& outcome, Rank worker) const {
  return may_be_the_workers_fault(outcome) || (ended_at_once(outcome) && health_.looks_bad(worker));
}

bool Scheduler::is_racing(Rank worker) const { return health_.is_racing(worker, cluster_.workers() - 1); }

// Until the others have caught up, or have nothing to do.
void Scheduler::release_held() {
  std::erase_if(held_, [&](Rank worker) {
    if (cluster_.is_up(worker) && is_racing(worker) && counters_.out > 0) return false;
    if (cluster_.is_up(worker) && !set_aside_.contains(worker)) cluster_.set_open(worker, true);
    return true;
  });
}

// Asked for once more elsewhere. And once more again, if the one that was asked has nothing to show for itself while
// others have: where two are bad, one must not bear the other out.
bool Scheduler::is_to_be_doubted(const Live& live, const Outcome& outcome, Rank worker) const {
  if (!is_suspicious(outcome, worker) || !may_ask_elsewhere(worker, live.shape)) return false;
  if (live.suspects.empty()) return true;
  const auto is_proven = [this](Rank other) { return health_.has_ended_well(other); };
  return live.suspects.size() < most_doubts && !is_proven(worker) &&
         cluster_.elsewhere(worker, shapes_[live.shape], is_proven);
}

bool Scheduler::may_ask_elsewhere(Rank worker, ShapeId shape) const {
  return !settings_.trusts_workers && mode_ == Mode::running && cluster_.elsewhere(worker, shapes_[shape]);
}

// What failed on one worker goes to another before anything else does: as far away as there is one that could run it.
void Scheduler::confirm() {
  std::vector<TaskId> left;
  for (const TaskId task : std::exchange(unconfirmed_, {})) {
    Live& live = live_.at(task);
    // No node is kept for it as long as it waits for one far away.
    const bool is_passed_by = live.shape != plain_shape && handed_out_ - live.doubted_since >= cluster_.slots();
    const auto away = where_to_ask(live);
    if (!away || is_passed_by || !would_end_in_time(task, Nanos::zero())) {
      live.is_doubted = false;
      enqueue(task);
    } else if (const auto worker = second_opinion(live.shape, *away); worker && !is_delayed()) {
      send(task, *worker, batching().report_within);
    } else {
      left.push_back(task);
    }
  }
  unconfirmed_ = std::move(left);
}

std::optional<Rank> Scheduler::second_opinion(ShapeId id, const Away& away) const {
  const Shape& shape = shapes_[id];
  if (id != plain_shape) {
    return tokens_.has(shape, shapes_.tokens()) ? cluster_.best_fit(shape, nullptr, &away, cluster_.reserved())
                                                : std::nullopt;
  }
  const auto worker = cluster_.emptiest(away);
  // At the tail what waits on a worker is taken back for idle ones, for ever if these are not asked.
  const bool is_tail = ready_.is_empty() && read_all_;
  const bool may_wait_there = worker && !is_tail && !starts_one_by_one() && cluster_.may_queue(*worker);
  return worker && (may_wait_there || cluster_.has_free_slot(*worker)) ? worker : std::nullopt;
}

// Nobody that is in doubt itself, unless all are.
std::optional<Away> Scheduler::where_to_ask(const Live& live) const {
  const Rank suspect = live.suspects.back();
  const Shape& shape = shapes_[live.shape];
  const auto was_asked = [&live](Rank worker) {
    return std::find(live.suspects.begin(), live.suspects.end(), worker) != live.suspects.end();
  };
  const auto is_credible = [this, was_asked](Rank worker) { return !was_asked(worker) && !health_.is_dubious(worker); };
  auto away = cluster_.elsewhere(suspect, shape, is_credible);
  return away ? away : cluster_.elsewhere(suspect, shape);
}

// Another node first for what failed on this one, or at least another worker.
Rank Scheduler::rather(Rank worker, std::optional<Rank> avoid) const {
  if (!avoid) return worker;
  for (const Distance least : {Distance::other_node, Distance::same_node}) {
    if (cluster_.distance(worker, *avoid) >= least) return worker;
    const auto other = cluster_.emptiest({.from = *avoid, .least = least});
    if (other && cluster_.has_free_slot(*other)) return *other;
  }
  return worker;
}

void Scheduler::strike(Rank worker) {
  if (!health_.strike(worker) || !cluster_.is_up(worker) || set_aside_.contains(worker)) return;
  if (would_be_too_many(worker)) return halt({.why = Halted::Why::many_bad_nodes});
  set_aside(worker);
  if (!is_bad(cluster_.node_of(worker))) return;
  for (const Rank neighbour : cluster_.workers_of(cluster_.node_of(worker))) {
    if (!set_aside_.contains(neighbour)) set_aside(neighbour);
  }
}

// A quarter of the nodes at most, and one in any case; on the only node, the same of its workers.
bool Scheduler::would_be_too_many(Rank worker) const {
  std::size_t bad = set_aside_.size() + 1;
  std::size_t all = cluster_.workers();
  if (cluster_.nodes() > 1) {
    std::set<NodeIndex> nodes{cluster_.node_of(worker)};
    for (const auto& [rank, until] : set_aside_) nodes.insert(cluster_.node_of(rank));
    bad = nodes.size();
    all = cluster_.nodes();
  }
  return 4 * bad > std::max<std::size_t>(4, all);
}

// Two of its workers are, and none of the others has ended a task well: no need to wait until each has failed enough.
bool Scheduler::is_bad(NodeIndex node) const {
  if (cluster_.nodes() == 1) return false;
  std::size_t bad = 0;
  for (const Rank rank : cluster_.workers_of(node)) {
    if (set_aside_.contains(rank)) {
      ++bad;
    } else if (health_.has_ended_well(rank)) {
      return false;
    }
  }
  return bad >= 2;
}

void Scheduler::set_aside(Rank worker) {
  const Nanos time = health_.set_aside(worker);
  set_aside_[worker] = now_ + time;
  actions_.push_back(WorkerSetAside{.worker = worker, .tasks = health_.strikes(worker), .time = time});
  close(worker);
}

void Scheduler::close(Rank worker) {
  cluster_.set_open(worker, false);
  take_back(worker);
}

// One task, to a worker that is still closed for all others: the first that has room there.
void Scheduler::probe(Rank worker) {
  if (is_delayed()) return;
  std::optional<ShapeId> choice;
  for (std::uint32_t id = 0; id < shapes_.size(); ++id) {
    const ShapeId shape{id};
    if (ready_.size(shape) == 0 || !cluster_.has_room(worker, shape, shapes_[shape])) continue;
    if (!tokens_.has(shapes_[shape], shapes_.tokens())) continue;
    if (!choice || ready_.first(shape) < ready_.first(*choice)) choice = shape;
  }
  const auto task = choice ? pop(*choice, Nanos::zero()) : std::nullopt;
  if (!task) return;
  on_probation_.insert(worker);
  send(*task, worker, Nanos::zero());
}

void Scheduler::end_probe(Rank worker, bool well) {
  on_probation_.erase(worker);
  if (well) {
    health_.forgive(worker);
    set_aside_.erase(worker);
    held_.erase(worker);
    cluster_.set_open(worker, true);
    actions_.push_back(WorkerBack{worker});
    return;
  }
  set_aside(worker);
}

}  // namespace farm
