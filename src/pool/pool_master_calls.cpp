// The master's side of calls: from the inbox to the scheduler, and from what workers say to the futures.
#include <algorithm>
#include <utility>

#include "farm/outcome.hpp"
#include "farm/pool.hpp"
#include "pool/call_arguments.hpp"
#include "pool/failure.hpp"
#include "pool/pool_master.hpp"

namespace farm {

using detail::CallRequest;
using detail::TaskState;

namespace {

constexpr Nanos trouble_pace = std::chrono::milliseconds(500);  // between two tries to write to a full disk

std::uint64_t fit(std::size_t room, std::size_t each) {
  return std::max<std::size_t>(1, room / std::max<std::size_t>(1, each));
}

// So many elements of a map make up a message, on average, and are no more than one takes, however they are.
std::uint64_t usual_elements(const CallRequest& call, std::uint64_t most) {
  if (call.array == nullptr) return 1;
  return std::min(most, fit(PoolRun::usual_bytes, call.arguments.packed.size() / call.array->count()));
}

TaskId id_of(const TaskState& state) { return TaskId{state.task()}; }

}  // namespace

void PoolMaster::accept(CallRequest call) {
  const TaskId id = id_of(*call.state);
  if (call.within > Nanos::zero()) deadlines_.emplace(clock_.now() + call.within, id);
  Task& task = tasks_.emplace(id, Task{std::move(call), 0, 0, {}}).first->second;
  try_start(id, task);
}

// As soon as all is there that it waits for; wake_dependants() tries again.
void PoolMaster::try_start(TaskId id, Task& task) {
  const bool is_needed_here = !task.call.function || task.call.checkpoint;
  for (const detail::Arguments::Hole& hole : task.call.arguments.holes) {
    if (hole.is_taken ? is_usable(hole.value, is_needed_here) : hole.value->is_settled()) continue;
    dependants_[hole.value.get()].push_back(id);
    ++task.missing;
  }
  if (task.missing == 0) start(id, task);
}

void PoolMaster::start(TaskId id, Task& task) {
  CallRequest& call = task.call;
  for (const detail::Arguments::Hole& hole : call.arguments.holes) {
    if (hole.value->failure()) return fail(id, *hole.value->failure());
  }
  fill(call.arguments);
  if (!call.function) {
    if (call.flat_from) end_array(call.arguments.packed, *call.flat_from);
    call.state->settle(std::move(call.arguments.packed));
    return settled(id);
  }
  const std::size_t size = largest_head(call);
  if (size > setup_.largest_head) {
    TaskFailure failed =
        failure(TaskFailure::Kind::threw, task, too_large("what a call takes", size, setup_.largest_head));
    failed.type = "farm::Error";
    return fail(id, std::move(failed));
  }
  if (call.checkpoint) {
    recall(task);
    if (call.state->is_settled()) return settled(id);
  }
  hand_over(id, task, size);
}

void PoolMaster::hand_over(TaskId id, Task& task, std::size_t largest) {
  const CallRequest& call = task.call;
  task.generation = 0;
  std::optional<Rank> near;
  for (const detail::Arguments::Hole& hole : call.arguments.holes) {
    task.generation = std::max(task.generation, kept_.at(id_of(*hole.value)).task.generation + 1);
    near = values_.keeper(result_value(hole.value->task()));
  }
  const std::uint64_t all = call.array != nullptr ? call.array->count() : 1;
  const std::uint64_t most = fit(largest_frame_head, largest);
  scheduler_.submitted(
      {.task = id,
       .kind = value(*call.function),
       .priority = call.priority,
       .count = call.checkpoint ? task.missed.size() : all,
       .chunk = call.checkpoint ? 1 : std::min(call.chunk, most),  // where a result ends is known of each
       .most = usual_elements(call, most),
       .near = near,
       .crashes = task.crashes});
}

// --- results of earlier runs ----------------------------------------------------------------------------------------

void PoolMaster::recall(Task& task) {
  const CallRequest& call = task.call;
  const std::uint64_t count = call.array != nullptr ? call.array->count() : 1;
  for (std::uint64_t element = 0; element < count; ++element) {
    const Fingerprint key = checkpoint_key(call, element);
    auto known = call.checkpoint->find(key);
    if (!known) {
      task.missed.push_back({element, key});
    } else if (call.array != nullptr) {
      call.array->add({element, element + 1, std::move(*known), std::nullopt});
    } else {
      call.state->settle(std::move(*known));
    }
  }
}

// Where a part belongs in its map: the scheduler counts only what is to be computed.
std::pair<std::uint64_t, std::uint64_t> PoolMaster::elements(const Task& task, const Piece& part) {
  if (task.missed.empty()) return {part.begin, part.end};
  const std::uint64_t element = task.missed.at(part.begin).element;
  return {element, element + 1};
}

void PoolMaster::keep(const Task& task, const Piece& part, const PackedView& value) {
  if (task.missed.empty()) return;
  // A command that fails may do better the next time.
  if (task.call.function == detail::shell_function()) {
    Unpacker from(value.head, value.bodies);
    if (!succeeded(unpack<Outcome>(from))) return;
  }
  task.call.checkpoint->keep(task.missed.at(part.begin).key, value);
  unflushed_.insert(task.call.checkpoint);
}

void PoolMaster::flush() {
  const TimePoint now = clock_.now();
  if (unflushed_.empty() || now < next_flush_) return;
  std::erase_if(unflushed_, [](const auto& checkpoint) { return checkpoint->flush(); });
  next_flush_ = unflushed_.empty() ? TimePoint{} : now + trouble_pace;
}

void PoolMaster::flush_at_last() noexcept {
  for (const auto& checkpoint : unflushed_) checkpoint->flush_at_last();
  unflushed_.clear();
}

// --- the ends of calls ----------------------------------------------------------------------------------------------

void PoolMaster::part_ended(const Piece& part, const EndHead& head, PackedView values, Rank from) {
  const auto found = tasks_.find(part.task);
  if (head.kind == EndHead::Kind::kept) return keep_away(part.task, from);
  if (head.kind == EndHead::Kind::failed) {
    Unpacker bytes(values.head, values.bodies);
    TaskFailure failed = unpack_failure(bytes);
    // One that passes through from another task has said where it began.
    if (failed.function.empty()) {
      TaskFailure named = failure(failed.kind, found->second, failed.text);
      named.type = failed.type;
      named.rank = from;
      failed = std::move(named);
    }
    return fail_part(part, std::move(failed));
  }
  const CallRequest& call = found->second.call;
  keep(found->second, part, values);
  if (call.array != nullptr) {
    const auto [begin, end] = elements(found->second, part);
    call.array->add({begin, end, values.copy(), std::nullopt});
    if (call.array->is_settled()) settled(part.task);
  } else {
    call.state->settle(values.copy());
    settled(part.task);
  }
}

void PoolMaster::fail_part(const Piece& part, TaskFailure failed) {
  const auto found = tasks_.find(part.task);
  if (found == tasks_.end()) return;
  detail::ArrayState* const array = found->second.call.array;
  if (array == nullptr) return fail(part.task, std::move(failed));
  const auto [begin, end] = elements(found->second, part);
  failed.element = begin;
  array->add({begin, end, {}, std::move(failed)});
  if (array->is_settled()) settled(part.task);
}

TaskFailure PoolMaster::failure(TaskFailure::Kind kind, const Task& task, std::string text) const {
  TaskFailure failed;
  failed.kind = kind;
  failed.text = std::move(text);
  failed.function = task.call.function ? detail::function_name(*task.call.function) : "when_all";
  failed.task = task.call.state->task();
  return failed;
}

void PoolMaster::fail(TaskId id, TaskFailure failed) {
  tasks_.at(id).call.state->fail(std::move(failed));
  settled(id);
}

void PoolMaster::settled(TaskId id) {
  const auto found = tasks_.find(id);
  const TaskState* const state = found->second.call.state.get();
  if (dependants_.contains(state)) just_settled_.push_back(state);
  if (!wanted_.empty() && !state->is_away()) wanted_.erase(id);
  tasks_.erase(found);
}

// A chain of any length, without a stack to match.
void PoolMaster::wake_dependants() {
  while (!just_settled_.empty()) {
    const auto waiting = dependants_.extract(just_settled_.back());
    just_settled_.pop_back();
    if (!waiting) continue;
    for (const TaskId id : waiting.mapped()) {
      const auto found = tasks_.find(id);
      if (found != tasks_.end() && --found->second.missing == 0) try_start(id, found->second);
    }
  }
}

void PoolMaster::stop(TaskId id) {
  std::map<Rank, PoolCancel> orders;
  for (const auto& [rank, piece] : scheduler_.cancelled(id)) {
    if (!unhold(rank, piece)) orders[rank].pieces.push_back(value(piece));
  }
  for (auto& [rank, order] : orders) channel_.post(rank, to_frame(std::move(order)));
}

void PoolMaster::cancel(TaskId id, TaskFailure::Kind why) {
  const auto found = tasks_.find(id);
  // One that is being made again has ended once, and in time.
  if (found == tasks_.end() || found->second.call.state->is_away()) return;
  stop(id);
  fail(id, failure(why, found->second, ""));
}

void PoolMaster::cancel_late() {
  while (!deadlines_.empty() && deadlines_.begin()->first <= clock_.now()) {
    cancel(deadlines_.begin()->second, TaskFailure::Kind::late);
    deadlines_.erase(deadlines_.begin());
  }
}

}  // namespace farm
