#include "core/function_scheduler.hpp"

#include <algorithm>
#include <cmath>

#include "base/check.hpp"

namespace farm {
namespace {

using namespace std::chrono_literals;

// Work that a slot has waiting besides what it runs, in seconds: the wake-ups of a message pair cost 0.2 ms of
// processor time, a few percent of this.
constexpr double usual_queue = 9e-3;
constexpr double deep_queue = 50e-3;
constexpr double short_queue = 3e-3;

// Of a map more may wait, since it can be taken back: a third of the messages, and of what they cost a busy machine.
constexpr double divisible_queue = 30e-3;

// So many pieces make up such a queue: when one has ended the next is there, and its result is on its way.
constexpr double pieces_in_queue = 3;

// A call that takes longer pays for its own hand-over (0.3 ms): it is better given to whoever is free when its turn
// comes.
constexpr double too_long_to_queue = 100e-3;

// Per slot: enough for a queue of 2 us calls one by one. Of a map the next piece is to be larger, not one of many.
constexpr std::size_t most_flights = 4096;
constexpr std::size_t most_pieces = 4;

// How much further than what has been seen a piece may reach: the first call of a function says little.
constexpr double growth = 8;

// A worker must have been idle so long before others are asked for work: what fills the gap may be on its way already.
constexpr Nanos patience = 300us;
// One that had nothing to give is asked again after 1 ms, then 2, at most 64.
constexpr Nanos first_pause = 1ms;
constexpr Nanos longest_pause = 64ms;

// The mean follows a change within so many elements.
constexpr double remembered = 4096;

}  // namespace

double FunctionScheduler::mean_seconds(std::uint32_t kind) const {
  const auto found = means_.find(kind);
  return found == means_.end() ? 0 : found->second.seconds / found->second.elements;
}

// --- workers --------------------------------------------------------------------------------------------------------

void FunctionScheduler::worker_joined(Rank rank, std::uint32_t slots) {
  FARM_CHECK(slots > 0);
  if (!workers_.try_emplace(rank).second) return;
  workers_[rank].slots = slots;
  by_load_.emplace(0.0, rank);
  slots_ += slots;
}

std::vector<Piece> FunctionScheduler::worker_lost(Rank rank) {
  std::vector<Piece> given_up;
  const auto found = workers_.find(rank);
  if (found == workers_.end()) return given_up;
  for (const auto& [id, flight] : found->second.flights) {
    const auto task = tasks_.find(flight.piece.task);
    if (task == tasks_.end()) continue;
    const std::uint32_t crashes = flight.crashes + 1;
    const Piece& piece = flight.piece;
    if (crashes < setup_.crash_limit) {
      suspects_.push_back({piece.task, piece.begin, piece.end, crashes});
      continue;
    }
    given_up.push_back(piece);
    task->second.left -= piece.end - piece.begin;
    if (task->second.left == 0) tasks_.erase(task);
  }
  by_load_.erase({found->second.load / found->second.slots, rank});
  slots_ -= found->second.slots;
  workers_.erase(found);
  return given_up;
}

void FunctionScheduler::reload(Rank rank, Worker& worker, double load) {
  auto node = by_load_.extract({worker.load / worker.slots, rank});
  // Sums and differences of many costs: what is left when nothing is there must be nothing.
  worker.load = worker.flights.empty() ? 0 : std::max(0.0, load);
  node.value().first = worker.load / worker.slots;
  by_load_.insert(std::move(node));
}

// --- tasks ----------------------------------------------------------------------------------------------------------

void FunctionScheduler::submitted(const NewTask& task) {
  FARM_CHECK(task.count > 0);
  if (!tasks_.try_emplace(task.task, Task{task, task.count}).second) return;
  auto& items = task.crashes > 0 ? suspects_ : ready_[task.priority];
  items.push_back({task.task, 0, task.count, task.crashes});
}

void FunctionScheduler::land(Rank rank, Worker& worker, PieceId piece) {
  const auto found = worker.flights.find(piece);
  const double cost = found->second.cost;
  worker.flights.erase(found);
  if (worker.flights.empty()) worker.is_testing = false;
  reload(rank, worker, worker.load - cost);
}

std::optional<Piece> FunctionScheduler::ended(Rank rank, PieceId piece, std::uint64_t end, Nanos took) {
  const auto worker = workers_.find(rank);
  if (worker == workers_.end()) return std::nullopt;
  const auto found = worker->second.flights.find(piece);
  if (found == worker->second.flights.end()) return std::nullopt;
  Flight& flight = found->second;
  Piece part = flight.piece;
  if (end <= part.begin || end > part.end) return std::nullopt;
  part.end = end;

  const auto elements = static_cast<double>(part.end - part.begin);
  Mean& mean = means_[flight.kind];
  const double keep = mean.elements > remembered ? 0.5 : 1;
  mean.seconds = keep * mean.seconds + seconds(took);
  mean.elements = keep * mean.elements + elements;

  if (end == flight.piece.end) {
    land(rank, worker->second, piece);
  } else {
    const double share = flight.cost * elements / static_cast<double>(flight.piece.end - flight.piece.begin);
    flight.piece.begin = end;
    flight.cost -= share;
    reload(rank, worker->second, worker->second.load - share);
  }
  const auto task = tasks_.find(part.task);
  if (task == tasks_.end()) return std::nullopt;
  task->second.left -= part.end - part.begin;
  if (task->second.left == 0) tasks_.erase(task);
  return part;
}

void FunctionScheduler::returned(Rank rank, const std::vector<Remainder>& remainders, TimePoint now) {
  const auto worker = workers_.find(rank);
  if (worker == workers_.end()) return;
  worker->second.is_recalled = false;
  Nanos& pause = worker->second.recall_pause;
  pause = remainders.empty() ? std::clamp(2 * pause, first_pause, longest_pause) : Nanos::zero();
  worker->second.recall_not_before = now + pause;
  dropped(rank, remainders);
}

void FunctionScheduler::dropped(Rank rank, const std::vector<Remainder>& remainders) {
  const auto worker = workers_.find(rank);
  if (worker == workers_.end()) return;
  for (const Remainder& remainder : remainders) {
    const auto found = worker->second.flights.find(remainder.piece);
    if (found == worker->second.flights.end()) continue;
    Flight& flight = found->second;
    const Piece piece = flight.piece;
    const std::uint64_t from = std::max(remainder.from, piece.begin);
    if (from >= piece.end) continue;
    if (const auto task = tasks_.find(piece.task); task != tasks_.end()) {
      auto& items = flight.crashes > 0 ? suspects_ : ready_[task->second.what.priority];
      items.push_front({piece.task, from, piece.end, flight.crashes, true});
    }
    const double share =
        flight.cost * static_cast<double>(piece.end - from) / static_cast<double>(piece.end - piece.begin);
    if (from == piece.begin) {
      land(rank, worker->second, piece.id);
    } else {
      flight.piece.end = from;
      flight.cost -= share;
      reload(rank, worker->second, worker->second.load - share);
    }
  }
}

std::vector<std::pair<Rank, PieceId>> FunctionScheduler::cancelled(TaskId task) {
  std::vector<std::pair<Rank, PieceId>> places;
  if (tasks_.erase(task) == 0) return places;
  // What waits is dropped when its turn comes.
  for (const auto& [rank, worker] : workers_) {
    for (const auto& [id, flight] : worker.flights) {
      if (flight.piece.task == task) places.emplace_back(rank, id);
    }
  }
  return places;
}

// --- handing out ----------------------------------------------------------------------------------------------------

double FunctionScheduler::cost(const Task& task, std::uint64_t elements) const {
  const double mean = mean_seconds(task.what.kind);
  // Nothing known: as much as a queue holds, so that nothing more is sent before it is.
  return mean > 0 ? mean * static_cast<double>(elements) : queue_seconds(task);
}

bool FunctionScheduler::has_room(const Worker& worker, const Task& task) const {
  if (worker.is_testing) return false;
  if (worker.flights.size() < worker.slots) return true;
  const std::size_t most = task.what.count > 1 && task.what.chunk == 0 ? most_pieces : most_flights;
  if (setup_.haste == Haste::latency || worker.flights.size() >= most * worker.slots) return false;
  const double mean = mean_seconds(task.what.kind);
  if (mean > too_long_to_queue) return false;
  return worker.load < worker.slots * (queue_seconds(task) + mean);
}

double FunctionScheduler::queue_seconds(const Task& task) const {
  if (setup_.haste == Haste::throughput) return deep_queue;
  if (setup_.haste == Haste::latency) return short_queue;
  return task.what.count > 1 && task.what.chunk == 0 ? divisible_queue : usual_queue;
}

std::uint64_t FunctionScheduler::piece_size(const Item& item, const Task& task) const {
  const std::uint64_t left = item.end - item.begin;
  if (task.what.chunk > 0) return std::min(task.what.chunk, left);
  const auto mean = means_.find(task.what.kind);
  if (left == 1 || mean == means_.end()) return 1;
  const double by_time = queue_seconds(task) / pieces_in_queue / std::max(mean_seconds(task.what.kind), 1e-9);
  const double fair = static_cast<double>(left) / static_cast<double>(2 * slots_);
  const double wanted = std::min({by_time, fair, growth * mean->second.elements, static_cast<double>(task.what.most)});
  return std::clamp<std::uint64_t>(static_cast<std::uint64_t>(wanted), 1, left);
}

// Drops what was cancelled; whether something is left.
bool FunctionScheduler::prepare_front(std::deque<Item>& items) {
  while (!items.empty() && !tasks_.contains(items.front().task)) items.pop_front();
  return !items.empty();
}

void FunctionScheduler::send(Plan& plan, Rank rank, std::deque<Item>& from, std::uint64_t elements) {
  Item& item = from.front();
  const Task& task = tasks_.at(item.task);
  const Piece piece{PieceId{next_piece_++}, item.task, item.begin, item.begin + elements};
  const bool may_split = task.what.chunk == 0 && elements > 1;
  Worker& worker = workers_.at(rank);
  const double cost = this->cost(task, elements);
  worker.flights.emplace(piece.id, Flight{piece, task.what.kind, item.crashes, cost, may_split});
  worker.idle_since.reset();
  worker.is_testing = item.crashes > 0;
  reload(rank, worker, worker.load + cost);
  plan.sends.push_back({rank, piece, may_split, item.crashes + 1});
  item.begin = piece.end;
  if (item.begin == item.end) from.pop_front();
}

// The element that takes ranks down is to be found with as many as it may take down: with two crashes left, parts of
// the square root of them all, then single elements; with more left, higher roots. Trying n elements takes 2 sqrt(n)
// pieces.
std::uint64_t FunctionScheduler::suspect_size(const Item& item) const {
  const double left = setup_.crash_limit - item.crashes;
  const double size = std::pow(static_cast<double>(item.end - item.begin), (left - 1) / left);
  return std::clamp<std::uint64_t>(static_cast<std::uint64_t>(size), 1, item.end - item.begin);
}

void FunctionScheduler::plan_suspects(Plan& plan) {
  for (auto& [rank, worker] : workers_) {
    if (!prepare_front(suspects_)) return;
    if (worker.flights.empty()) send(plan, rank, suspects_, suspect_size(suspects_.front()));
  }
}

std::optional<Rank> FunctionScheduler::place_for(const Item& item) const {
  const Task& task = tasks_.at(item.task);
  // While suspects wait, the first worker that could test them gets nothing new, so that it is free some day.
  const bool is_first_kept_free = !suspects_.empty() && workers_.size() > 1;
  const auto can_take = [&](Rank rank) {
    if (is_first_kept_free && rank == workers_.begin()->first) return false;
    return has_room(workers_.at(rank), task);
  };
  const std::optional<Rank> near = item.was_given_back ? std::nullopt : task.what.near;
  if (near && workers_.contains(*near) && can_take(*near)) return near;
  for (const auto& [load, rank] : by_load_) {
    if (can_take(rank)) return rank;
  }
  return std::nullopt;
}

bool FunctionScheduler::plan_one(Plan& plan) {
  for (auto items = ready_.begin(); items != ready_.end();) {
    if (!prepare_front(items->second)) {
      items = ready_.erase(items);
      continue;
    }
    Item& item = items->second.front();
    const Task& task = tasks_.at(item.task);
    const auto rank = place_for(item);
    if (!rank) return false;
    send(plan, *rank, items->second, piece_size(item, task));
    return true;
  }
  return false;
}

bool FunctionScheduler::can_give(const Worker& worker) const {
  if (worker.is_recalled || worker.is_testing || worker.flights.empty()) return false;
  if (worker.flights.size() > worker.slots) return true;
  return std::any_of(worker.flights.begin(), worker.flights.end(), [](const auto& entry) {
    const Flight& flight = entry.second;
    return flight.may_split && flight.piece.end - flight.piece.begin > 1;
  });
}

// Everything is handed out: whoever has nothing to do gets a share of what the busiest has waiting.
void FunctionScheduler::plan_recalls(Plan& plan, TimePoint now) {
  std::size_t wanted = 0;
  for (auto& [rank, worker] : workers_) {
    if (worker.flights.size() >= worker.slots || worker.is_testing) continue;
    if (!worker.idle_since) worker.idle_since = now;
    if (*worker.idle_since + patience <= now) {
      ++wanted;
    } else {
      next_due_ = std::min(next_due_, *worker.idle_since + patience);
    }
  }
  for (auto busiest = by_load_.rbegin(); wanted > 0 && busiest != by_load_.rend(); ++busiest) {
    Worker& worker = workers_.at(busiest->second);
    if (!can_give(worker)) continue;
    if (worker.recall_not_before > now) {
      next_due_ = std::min(next_due_, worker.recall_not_before);
      continue;
    }
    worker.is_recalled = true;
    plan.recalls.push_back(busiest->second);
    --wanted;
  }
}

FunctionScheduler::Plan FunctionScheduler::plan(TimePoint now) {
  Plan plan;
  next_due_ = end_of_time;
  if (!suspects_.empty()) plan_suspects(plan);
  while (plan_one(plan)) {
  }
  const bool is_all_out =
      std::all_of(ready_.begin(), ready_.end(), [](const auto& entry) { return entry.second.empty(); });
  if (is_all_out && !tasks_.empty() && setup_.haste != Haste::latency) plan_recalls(plan, now);
  return plan;
}

void FunctionScheduler::check_invariants() const {
  std::map<TaskId, std::uint64_t> found;
  const auto count = [&](const std::deque<Item>& items) {
    for (const Item& item : items) {
      FARM_CHECK(item.begin < item.end);
      if (tasks_.contains(item.task)) found[item.task] += item.end - item.begin;
    }
  };
  for (const auto& [priority, items] : ready_) count(items);
  count(suspects_);
  std::uint64_t slots = 0;
  for (const auto& [rank, worker] : workers_) {
    slots += worker.slots;
    FARM_CHECK(by_load_.contains({worker.load / worker.slots, rank}));
    FARM_CHECK(!worker.is_testing || worker.flights.size() == 1);
    for (const auto& [id, flight] : worker.flights) {
      FARM_CHECK(flight.piece.id == id && flight.piece.begin < flight.piece.end);
      if (tasks_.contains(flight.piece.task)) found[flight.piece.task] += flight.piece.end - flight.piece.begin;
    }
  }
  FARM_CHECK(slots == slots_ && by_load_.size() == workers_.size());
  for (const auto& [id, task] : tasks_) FARM_CHECK(task.left > 0 && found[id] == task.left);
}

}  // namespace farm
