// The part of the scheduler that hands out: what is ready, in order, to where there is room.
#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "base/check.hpp"
#include "core/scheduler.hpp"

namespace farm {
namespace {

// Read ahead so much that workers are never short of tasks, and so little that memory does not notice: a task that
// waits costs about 300 bytes.
constexpr std::uint64_t least_read_ahead = 256;
constexpr std::uint64_t most_read_ahead = 65'536;

// Of the slots, for second attempts at stragglers: enough for the tail, too few to matter when they are in vain.
constexpr double speculative_share = 0.1;
// A straggler has taken so many times what 95 percent of its like took.
constexpr double straggling = 1.5;
constexpr std::uint64_t enough_to_compare = 10;
// Between two looks for one that has nowhere to go yet.
constexpr Nanos shortest_look = std::chrono::milliseconds(10);

}  // namespace

void Scheduler::hand_out() {
  if (!may_hand_out()) return;
  give_up_what_never_fits();
  if (mode_ != Mode::running) return;
  claimed_tokens_.assign(shapes_.tokens().size(), false);
  if (reserved_for_ && !cluster_.reserved()) end_reservation();
  release_held();
  wake();
  confirm();
  watch_.begin_round();
  while (const auto shape = next_shape()) {
    const Placed placed = place(*shape, ready_.first(*shape).task);
    if (placed == Placed::later) return;
    if (placed == Placed::none) watch_.set_tried(*shape);
  }
  cluster_.forget_freed();
  reserve_for_the_starving();
  if (ready_.is_empty() && read_all_) rebalance();
}

// In order, of those that have tasks and maybe room for one.
std::optional<ShapeId> Scheduler::next_shape() {
  if (std::exchange(seen_version_, cluster_.version()) != cluster_.version()) {
    watch_.unblock_all();
    watch_.begin_round();
  }
  freed_rooms_.clear();
  for (const NodeIndex node : cluster_.freed()) freed_rooms_.push_back(cluster_.room(node).free());
  return watch_.next(freed_rooms_);
}

// Tasks with needs begin when all nodes are known: then the best one can be chosen, and what fits none is refused
// before anything has run.
bool Scheduler::may_hand_out() const {
  const bool knows_enough = workers_known_ || shapes_.size() == 1;
  return mode_ == Mode::running && cluster_.workers() > 0 && knows_enough;
}

TimePoint Scheduler::next_start() const { return last_start_ ? *last_start_ + delay_ : TimePoint{}; }

void Scheduler::wake() {
  while (!paused_.empty() && paused_.begin()->until <= now_) {
    enqueue(paused_.begin()->task);
    paused_.erase(paused_.begin());
  }
  for (const auto& [rank, until] : set_aside_) {
    if (until <= now_ && cluster_.flights(rank).size() == 0) probe(rank);
  }
}

// A halt rule and a delay are promises about the next start: a worker must not hold tasks it would start by itself.
bool Scheduler::starts_one_by_one() const { return halt_.is_active() || settings_.delay > Nanos::zero(); }

bool Scheduler::is_delayed() const { return settings_.delay > Nanos::zero() && now_ < next_start(); }

Scheduler::Placed Scheduler::place(ShapeId shape, TaskId first) {
  if (is_delayed()) return Placed::later;
  if (shape != plain_shape) return place_shaped(shape, first);
  const Placed placed = starts_one_by_one() ? place_one_plain() : place_plain();
  return placed == Placed::none ? backfill(first) : placed;
}

// A kept node idles bit by bit until it has room for what it is kept for: time for what ends before then.
Scheduler::Placed Scheduler::backfill(TaskId first) {
  const auto worker = cluster_.idle_on_reserved();
  if (!worker || !ends_before_reservation(first)) return Placed::none;
  const auto task = pop(plain_shape, Nanos::zero());
  if (!task) return Placed::none;
  send(*task, *worker, Nanos::zero());
  return Placed::one;
}

bool Scheduler::ends_before_reservation(TaskId task) const {
  const Nanos time = expected(live_.at(task));
  return time > Nanos::zero() && now_ + time <= cluster_.reserved_from();
}

Scheduler::Placed Scheduler::place_one_plain() {
  const auto emptiest = cluster_.emptiest();
  if (!emptiest || !cluster_.has_free_slot(*emptiest)) return Placed::none;
  return fill(*emptiest, 1, {}) > 0 ? Placed::one : Placed::none;
}

Scheduler::Placed Scheduler::place_plain() {
  const auto emptiest = cluster_.emptiest();
  if (!emptiest) return Placed::none;
  const Batching policy = batching();
  const std::size_t out = cluster_.flights(*emptiest).size();
  const std::size_t slots = cluster_.slots(*emptiest);
  const std::size_t queue = cluster_.may_queue(*emptiest) ? slots * policy.queue_per_slot : 0;
  // Refilled when half used up, so that a batch is worth its message.
  if (out >= slots && (queue == 0 || out > slots + queue / 2)) return Placed::none;
  // Where tasks are few, free slots are filled worker by worker, one task each, so that they spread over all workers.
  const bool one_by_one = queue == 0 || ready_.size(plain_shape) < cluster_.slots();
  const std::size_t count = out < slots && one_by_one ? 1 : slots + queue - out;
  return fill(*emptiest, count, policy) > 0 ? Placed::one : Placed::none;
}

std::size_t Scheduler::fill(Rank worker, std::size_t count, const Batching& policy) {
  std::size_t sent = 0;
  // What is queued starts later.
  const bool is_queued = !cluster_.has_free_slot(worker);
  const Nanos wait = is_queued ? durations_.mean() * static_cast<std::int64_t>(policy.queue_per_slot) : Nanos::zero();
  for (; sent < count && ready_.size(plain_shape) > 0; ++sent) {
    const auto task = pop(plain_shape, wait);
    if (!task) break;
    send(*task, rather(worker, live_.at(*task).avoid), policy.report_within);
  }
  return sent;
}

Scheduler::Placed Scheduler::place_shaped(ShapeId id, TaskId first) {
  const Shape& shape = shapes_[id];
  // Tokens go in order: who needs many would wait for ever if those who need few were let by.
  const bool is_claimed = std::any_of(shape.tokens.begin(), shape.tokens.end(),
                                      [&](const auto& token) { return claimed_tokens_[token.first]; });
  if (is_claimed || !tokens_.has(shape, shapes_.tokens())) {
    for (const auto& [token, count] : shape.tokens) claimed_tokens_[token] = true;
    watch_.unblock(id);
    return Placed::none;
  }
  std::optional<NodeIndex> kept = cluster_.reserved();
  if (kept && (reserved_for_ == id || ends_before_reservation(first))) kept.reset();
  const std::vector<NodeIndex>* const only = watch_.is_blocked(id) ? &cluster_.freed() : nullptr;
  std::optional<Rank> worker;
  if (const auto avoid = live_.at(first).avoid) {
    for (const Distance least : {Distance::other_node, Distance::same_node}) {
      const Away away{.from = *avoid, .least = least};
      if (!worker) worker = cluster_.best_fit(shape, only, &away, kept);
    }
  }
  if (!worker) worker = cluster_.best_fit(shape, only, nullptr, kept);
  if (!worker) {
    watch_.block(id, shape, handed_out_);
    return Placed::none;
  }
  const auto task = pop(id, Nanos::zero());
  if (!task) return Placed::none;
  if (reserved_for_ == id) end_reservation();
  send(*task, *worker, Nanos::zero());
  watch_.wait_anew(id, handed_out_);
  return Placed::one;
}

// The next task that would end before the allocation does, if it starts after `wait`. What would not even if it started
// now is put aside: time only shrinks, and what is known of it may change but rarely.
std::optional<TaskId> Scheduler::pop(ShapeId shape, Nanos wait) {
  while (ready_.size(shape) > 0) {
    const TaskId task = ready_.first(shape).task;
    const bool has_time = would_end_in_time(task, Nanos::zero());
    if (has_time && wait > Nanos::zero() && !would_end_in_time(task, wait)) return std::nullopt;
    take_first(shape);
    if (has_time) return task;
    too_late_.push_back(task);
  }
  return std::nullopt;
}

TaskId Scheduler::take_first(ShapeId shape) {
  const TaskId task = ready_.pop(shape).task;
  if (ready_.size(shape) == 0) {
    watch_.drop(shape);
    if (reserved_for_ == shape) end_reservation();
  } else {
    watch_.offer(shape, ready_.first(shape));
  }
  return task;
}

std::uint64_t Scheduler::waiting() const {
  return tasks_.count(TaskState::ready) + tasks_.count(TaskState::waiting) - too_late_.size();
}

Batching Scheduler::batching() const {
  return choose_batching({.mean = durations_.mean(),
                          .squared_variation = durations_.squared_variation(),
                          .samples = durations_.samples(),
                          .workers = cluster_.workers(),
                          .slots = cluster_.slots(),
                          .waiting = waiting(),
                          .all_known = read_all_});
}

SendTasks& Scheduler::message_to(Rank worker, Nanos report_within) {
  const auto rank = static_cast<std::size_t>(value(worker));
  if (rank >= sends_.size()) sends_.resize(rank + 1);
  std::size_t& place = sends_[rank];
  if (place == 0) {
    actions_.push_back(SendTasks{.worker = worker, .keys = {}, .report_within = report_within});
    place = actions_.size();
  }
  return std::get<SendTasks>(actions_[place - 1]);
}

void Scheduler::send(TaskId task, Rank worker, Nanos report_within) {
  Live& live = live_.at(task);
  const AttemptKey key{task, live.next_attempt};
  live.next_attempt = next(live.next_attempt);
  if (live.copies == 0) tasks_.set(task, TaskState::assigned);
  tokens_.take(shapes_[live.shape]);
  Flight flight{.key = key, .shape = live.shape, .sent = now_, .expected = live.expected, .order = ++handed_out_};
  const Seat seat = cluster_.put(worker, std::move(flight), shapes_[live.shape]);
  live.seats[live.copies++] = seat;
  ++counters_.out;
  last_start_ = now_;
  if (live.takes_runs_limit && settings_.timeout_percent && !time_limit()) unlimited_.push_back({key, worker, now_});
  const Grant* const grant = cluster_.at(seat).grant.get();
  SendTasks& message = message_to(worker, report_within);
  message.keys.push_back(key);
  if (grant == nullptr && message.grants.empty()) return;
  message.grants.resize(message.keys.size());
  if (grant != nullptr) message.grants.back() = *grant;
}

// --- fairness -------------------------------------------------------------------------------------------------------

// A task that needs much of a node finds none as long as smaller ones fill every gap. Once as many as there are slots
// have passed it by, about what runs at a time, one node is kept for it.
void Scheduler::reserve_for_the_starving() {
  if (reserved_for_) return;
  std::vector<ShapeId> starving = watch_.starving(handed_out_, cluster_.slots());
  std::sort(starving.begin(), starving.end(),
            [this](ShapeId a, ShapeId b) { return ready_.first(a) < ready_.first(b); });
  for (const ShapeId shape : starving) {
    const auto node = cluster_.reserve(shapes_[shape], now_, durations_.mean());
    if (!node) continue;
    reserved_for_ = shape;
    for (const Rank rank : cluster_.workers_of(*node)) take_back(rank);
    return;
  }
}

void Scheduler::end_reservation() {
  reserved_for_.reset();
  cluster_.end_reservation();
  watch_.begin_round();  // what had no room may have it now
}

// What waits there for a slot; asked for once, until there is an answer.
void Scheduler::take_back(Rank worker) {
  if (cluster_.flights(worker).size() <= cluster_.slots(worker) || cluster_.is_recalled(worker)) return;
  cluster_.set_recalled(worker, true);
  actions_.push_back(TakeBack{worker});
}

// At the tail: what waits on one worker while another idles comes back and is spread anew; what straggles is begun once
// more elsewhere.
void Scheduler::rebalance() {
  const auto idle = cluster_.emptiest();
  if (!idle || !cluster_.has_free_slot(*idle)) return;
  if (const auto fullest = cluster_.fullest()) {
    take_back(*fullest);
  } else if (settings_.speculates) {
    speculate();
  }
}

// Looks at all that is live, so no more often than it may find something.
void Scheduler::speculate() {
  const DurationHistogram& like = durations_of(plain_shape);
  if (now_ < straggler_due_ || like.samples() < enough_to_compare) return;
  const auto late = std::chrono::duration_cast<Nanos>(like.quantile(0.95) * straggling);
  const auto budget = static_cast<std::uint64_t>(std::ceil(speculative_share * cluster_.slots()));
  std::uint64_t copies = 0;
  std::vector<std::pair<TimePoint, TaskId>> stragglers;
  straggler_due_ = now_ + late;  // what is sent from now on is late after that
  live_.for_each([&](TaskId task, const Live& live) {
    if (live.copies == 2) ++copies;
    if (live.copies != 1 || live.shape != plain_shape) return;
    const TimePoint due = cluster_.at(live.seats[0]).sent + late;
    if (due <= now_) {
      stragglers.emplace_back(due, task);
    } else {
      straggler_due_ = std::min(straggler_due_, due);
    }
  });
  std::sort(stragglers.begin(), stragglers.end());
  for (const auto& [due, task] : stragglers) {
    const Rank here = live_.at(task).seats[0].worker;
    const Rank elsewhere = rather(here, here);
    if (elsewhere != here && copies < budget && !is_delayed()) {
      send(task, elsewhere, Nanos::zero());
      ++copies;
    } else {
      straggler_due_ = std::min(straggler_due_, now_ + std::max(late / 10, shortest_look));
    }
  }
}

bool Scheduler::has_tokens_in_all(const Shape& shape) const { return TokenPool().has(shape, shapes_.tokens()); }

// Nothing is started any more as soon as that is seen: the rest can be run again with what was wrong put right.
void Scheduler::give_up_what_never_fits() {
  if (!workers_known_) return;
  for (; first_unseen_shape_ < shapes_.size(); ++first_unseen_shape_) unproven_.push_back(ShapeId{first_unseen_shape_});
  if (unproven_.empty()) return;
  std::vector<ShapeId> misfits;
  std::erase_if(unproven_, [&](ShapeId id) {
    if (has_tokens_in_all(shapes_[id]) && cluster_.could_ever_fit(shapes_[id])) return true;
    if (ready_.size(id) > 0) misfits.push_back(id);
    return false;
  });
  if (misfits.empty()) return;
  std::sort(misfits.begin(), misfits.end(), [this](ShapeId a, ShapeId b) { return ready_.first(a) < ready_.first(b); });
  Halted halted{.why = Halted::Why::does_not_fit};
  for (const ShapeId id : misfits) {
    const bool is_the_nodes = has_tokens_in_all(shapes_[id]);
    halted.misfits.push_back(
        {.task = ready_.first(id).task, .nearest = is_the_nodes ? cluster_.nearest(shapes_[id]) : std::nullopt});
  }
  halt(halted);
}

void Scheduler::ask_for_more() {
  if (read_all_ || mode_ != Mode::running) return;
  const std::uint64_t held = std::uint64_t{cluster_.slots()} * (1 + batching().queue_per_slot);
  // To choose among many they must be known.
  const std::uint64_t wanted =
      settings_.orders_by_weight ? most_read_ahead : std::clamp(2 * held, least_read_ahead, most_read_ahead);
  std::uint64_t known = tasks_.count(TaskState::ready) - too_late_.size() + asked_for_;
  known -= std::min<std::uint64_t>(paused_.size(), most_read_ahead);  // these leave slots idle for now
  for (const auto& group : fenced_) known += group.size();
  if (known > wanted / 2) return;
  asked_for_ += wanted - known;
  actions_.push_back(ReadTasks{wanted - known});
}

TimePoint Scheduler::next_due() const {
  TimePoint due = end_of_time;
  if (is_finished() || mode_ == Mode::stopping) return due;
  // What was due at the last event has been looked at then, and waits for another one now: a slot, a worker.
  const auto consider = [&](TimePoint time) {
    if (time > now_) due = std::min(due, time);
  };
  if (settings_.end && !is_preempted_) consider(*settings_.end - settings_.grace);
  if (const auto limit = time_limit(); limit && !unlimited_.empty()) consider(unlimited_.front().sent + *limit);
  if (mode_ != Mode::running) return due;
  const auto emptiest = cluster_.emptiest();
  const bool has_slot = emptiest && cluster_.has_free_slot(*emptiest);
  // Under a delay no worker has more than its slots hold.
  const bool may_start = !(ready_.is_empty() && unconfirmed_.empty()) && counters_.out < cluster_.slots();
  if (settings_.delay > Nanos::zero() && may_start) consider(next_start());
  if (!paused_.empty()) consider(paused_.begin()->until);
  for (const auto& [rank, until] : set_aside_) {
    consider(until);
  }
  if (settings_.speculates && has_slot && ready_.is_empty()) consider(straggler_due_);
  return due;
}

}  // namespace farm
