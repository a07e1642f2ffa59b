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
        withdraw(one);
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

// As far as the values have come that it waited for.
void PoolMaster::send_what_was_held_back() {
  std::vector<FunctionScheduler::Send> ready;
  for (auto& [rank, all] : held_back_) {
    std::erase_if(all, [&, rank = rank](HeldBack& held) {
      std::erase_if(held.missing, [&](ValueId value) { return values_.has_it(value, rank); });
      if (held.missing.empty()) ready.push_back(held.send);
      return held.missing.empty();
    });
  }
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
  // What was lent may be gone when the call would have to be made again.
  const bool may_keep = task.call.array == nullptr && task.call.may_stay && !task.call.checkpoint &&
                        task.generation < most_generations && std::ranges::none_of(arguments.bodies, &Bytes::is_lent);
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
  kept.task.missing = 0;
  kept.task.crashes = 0;
  task.call.state = state;
  settled(id);
}

// As an argument; what is not, settles later.
bool PoolMaster::is_usable(const std::shared_ptr<TaskState>& result, bool is_needed_here) {
  if (!result->is_settled()) return false;
  if (!result->is_away()) return true;
  if (is_needed_here) {
    fetch(result);
  } else if (kept_.contains(TaskId{result->task()}) && !values_.is_gone(result_value(result->task()))) {
    return true;
  } else {
    make_again(result);
  }
  return !result->is_away();  // it may have failed at once
}

void PoolMaster::fetch(const std::shared_ptr<TaskState>& state) {
  const TaskId id{state->task()};
  if (!state->is_away() || !wanted_.emplace(id, state).second) return;
  if (values_.is_gone(result_value(state->task()))) return make_again(state);
  values_.fetch(result_value(state->task()));
}

void PoolMaster::fetched(ValueId value, const PackedView& view) {
  values_.fetched(value);
  const auto wanted = wanted_.extract(TaskId{task_of(value)});
  if (!wanted) return;
  const std::shared_ptr<TaskState> state = wanted.mapped();
  if (tasks_.contains(wanted.key())) {
    stop_making(wanted.key());
    tasks_.erase(wanted.key());
  }
  kept_.erase(wanted.key());
  // The workers go on having it: calls that are there already may use it.
  state->settle(view.copy());
  if (dependants_.contains(state.get())) just_settled_.push_back(state.get());
}

// A call that is made again turns out to be there.
void PoolMaster::stop_making(TaskId id) {
  stop(id);
  for (auto& [state, waiting] : dependants_) std::erase(waiting, id);
}

void PoolMaster::got_value(Rank from, const PoolGot& got) {
  const ValueId value{got.id};
  values_.arrived(value, from, got.keeps != 0);
  // Somebody had it on its way when nobody seemed to have it any more.
  const TaskId id{task_of(value)};
  if (is_result(value) && values_.has_it(value, from) && tasks_.contains(id)) {
    stop_making(id);
    keep_away(id, from);
  }
  send_what_was_held_back();
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
  std::vector<FunctionScheduler::Send> without;
  for (const auto& [rank, all] : held_back_) {
    for (const HeldBack& held : all) {
      if (!has_arguments(tasks_.at(held.send.piece.task))) without.push_back(held.send);
    }
  }
  for (const FunctionScheduler::Send& one : without) withdraw(one);
}

// From the scheduler, to be submitted again when all its arguments are somewhere.
void PoolMaster::withdraw(const FunctionScheduler::Send& send) {
  const TaskId id = send.piece.task;
  for (const auto& [rank, piece] : scheduler_.cancelled(id)) {
    if (!unhold(rank, piece)) scheduler_.dropped(rank, {{piece, 0}});
  }
  Task& task = tasks_.at(id);
  task.crashes = send.attempt - 1;
  try_start(id, task);
}

void PoolMaster::forget(ValueId value) {
  values_.forget(value);
  if (is_result(value)) kept_.erase(TaskId{task_of(value)});  // and with it what it was made of
}

}  // namespace farm
