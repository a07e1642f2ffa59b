// The master's side of what travels between ranks: pieces to workers, with the values they use, and large results,
// which stay where they were computed until they are used.
#include <algorithm>
#include <utility>

#include "pool/call_arguments.hpp"
#include "pool/pool_master.hpp"

namespace farm {

using detail::TaskState;

namespace {

// So long may a chain of results become of which none is here: with a worker that much may have to be computed again,
// and that many results of a loop are kept although only the last is asked for.
constexpr std::uint32_t most_generations = 8;

}  // namespace

// --- to the workers -------------------------------------------------------------------------------------------------

// What has lost its arguments meanwhile waits for them again, which gives the scheduler others to hand out.
void PoolMaster::hand_out() {
  bool is_done = false;
  while (!is_done) {
    is_done = true;
    wake_dependants();
    const FunctionScheduler::Plan plan = scheduler_.plan(clock_.now());
    std::vector<FunctionScheduler::Send> ready;
    for (const FunctionScheduler::Send& one : plan.sends) {
      if (!has_arguments(tasks_.at(one.piece.task))) {
        withdraw(one.piece.task);
        is_done = false;
      } else if (is_ready(one)) {
        ready.push_back(one);
      }
    }
    send(ready);
    for (const Rank rank : plan.recalls) channel_.post(rank, to_frame(PoolRecall{}));
  }
}

bool PoolMaster::has_arguments(const Task& task) const {
  return std::ranges::none_of(task.call.arguments.holes, [this](const detail::Arguments::Hole& hole) {
    return values_.is_gone(result_value(hole.value->task()));
  });
}

bool PoolMaster::is_ready(const FunctionScheduler::Send& send) {
  const Task& task = tasks_.at(send.piece.task);
  auto missing = values_.bring(task.call.arguments, send.to);
  if (missing.empty()) return true;
  held_back_[send.to].push_back({send, std::move(missing)});
  return false;
}

// A value has come to that rank: what has waited for nothing else is sent.
void PoolMaster::unhold(Rank rank, ValueId value) {
  std::vector<FunctionScheduler::Send> ready;
  std::erase_if(held_back_[rank], [&](HeldBack& held) {
    std::erase(held.missing, value);
    if (!held.missing.empty()) return false;
    ready.push_back(held.send);
    return true;
  });
  send(ready);
}

// The piece is not wanted any more; whether the rank has not seen it yet.
bool PoolMaster::unhold(Rank rank, PieceId piece) {
  const auto is_it = [&](const HeldBack& held) { return held.send.piece.id == piece; };
  if (std::erase_if(held_back_[rank], is_it) == 0) return false;
  scheduler_.dropped(rank, {{piece, 0}});
  return true;
}

void PoolMaster::add_piece(PoolRun& run, const FunctionScheduler::Send& send) {
  const Task& task = tasks_.at(send.piece.task);
  const auto [begin, end] = elements(task, send.piece);
  const ArgumentSlice arguments = slice(task.call, begin, end);
  const bool may_keep = task.call.array == nullptr && !task.call.checkpoint && task.generation < most_generations;
  Packer packer(run.values);
  const std::size_t head_before = run.values.head.size();
  for (const auto& shared : task.call.arguments.shared) pack(packer, shared->id());
  for (const detail::Arguments::Hole& hole : task.call.arguments.holes) {
    pack(packer, HoleHead{value(result_value(hole.value->task())), hole.head, hole.body});
  }
  run.values.head += arguments.head;
  run.heads.push_back({.piece = value(send.piece.id),
                       .task = value(send.piece.task),
                       .begin = send.piece.begin,
                       .end = send.piece.end,
                       .head_bytes = run.values.head.size() - head_before,
                       .bodies = static_cast<std::uint32_t>(arguments.bodies.size()),
                       .function = value(*task.call.function),
                       .attempt = send.attempt,
                       .may_split = send.may_split ? 1U : 0U,
                       .shared = static_cast<std::uint32_t>(task.call.arguments.shared.size()),
                       .holes = static_cast<std::uint32_t>(task.call.arguments.holes.size()),
                       .may_keep = may_keep ? 1U : 0U});
  run.values.bodies.insert(run.values.bodies.end(), arguments.bodies.begin(), arguments.bodies.end());
}

void PoolMaster::send(const std::vector<FunctionScheduler::Send>& sends) {
  std::map<Rank, PoolRun> runs;
  for (const FunctionScheduler::Send& one : sends) {
    PoolRun& run = runs[one.to];
    add_piece(run, one);
    if (run.values.head.size() > PoolRun::usual_bytes) channel_.post(one.to, to_frame(std::exchange(run, {})));
  }
  for (auto& [rank, run] : runs) {
    if (!run.heads.empty()) channel_.post(rank, to_frame(std::move(run)));
  }
}

// --- results that stay on workers -----------------------------------------------------------------------------------

void PoolMaster::keep_away(TaskId id, Rank where) {
  Task& task = tasks_.at(id);
  const std::shared_ptr<TaskState> state = task.call.state;
  values_.kept(result_value(state->task()), where);
  if (wanted_.contains(id)) values_.fetch(result_value(state->task()));
  state->settle_away();
  Kept& kept = kept_.insert_or_assign(id, Kept{state, std::move(task)}).first->second;
  kept.task.call.state = nullptr;  // or nobody could ever forget it
  task.call.state = state;
  settled(id);
}

// As an argument; what is not, settles later.
bool PoolMaster::is_usable(const std::shared_ptr<TaskState>& result, bool is_needed_here) {
  if (!result->is_settled()) return false;
  if (!result->is_away()) return true;
  if (is_needed_here) {
    fetch(result);
    return false;
  }
  if (!values_.is_gone(result_value(result->task()))) return true;
  make_again(result);
  return false;
}

void PoolMaster::fetch(const std::shared_ptr<TaskState>& state) {
  const TaskId id{state->task()};
  if (!state->is_away() || !wanted_.emplace(id, state).second) return;
  if (values_.is_gone(result_value(state->task()))) return make_again(state);
  values_.fetch(result_value(state->task()));
}

void PoolMaster::fetched(ValueId value, const PackedView& view) {
  const auto wanted =
      std::ranges::find_if(wanted_, [&](const auto& entry) { return result_value(farm::value(entry.first)) == value; });
  if (wanted == wanted_.end()) return;
  const std::shared_ptr<TaskState> state = wanted->second;
  wanted_.erase(wanted);
  kept_.erase(TaskId{state->task()});
  // The workers go on having it: calls that are there already may use it.
  state->settle(view.copy());
  if (dependants_.contains(state.get())) just_settled_.push_back(state.get());
}

// Nobody has the result: the call is made as if it had never been.
void PoolMaster::make_again(const std::shared_ptr<TaskState>& state) {
  auto kept = kept_.extract(TaskId{state->task()});
  if (!kept) return;  // is under way
  Task& task = tasks_.emplace(kept.key(), std::move(kept.mapped().task)).first->second;
  task.call.state = state;
  try_start(kept.key(), task);
}

void PoolMaster::make_lost_results_again() {
  const auto wanted = wanted_;  // may settle some
  for (const auto& [id, state] : wanted) {
    if (values_.is_gone(result_value(state->task()))) make_again(state);
  }
  std::vector<TaskId> without;
  for (const auto& [rank, all] : held_back_) {
    for (const HeldBack& held : all) {
      if (!has_arguments(tasks_.at(held.send.piece.task))) without.push_back(held.send.piece.task);
    }
  }
  for (const TaskId id : without) withdraw(id);
}

// From the scheduler, to be submitted again when all its arguments are somewhere.
void PoolMaster::withdraw(TaskId id) {
  for (const auto& [rank, piece] : scheduler_.cancelled(id)) {
    if (!unhold(rank, piece)) scheduler_.dropped(rank, {{piece, 0}});
  }
  try_start(id, tasks_.at(id));
}

void PoolMaster::forget(ValueId value) {
  values_.forget(value);
  if (is_result(value)) kept_.erase(TaskId{task_of(value)});  // and with it what it was made of
}

}  // namespace farm
