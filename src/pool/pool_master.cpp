#include "pool/pool_master.hpp"

#include <algorithm>
#include <utility>

#include "farm/error.hpp"
#include "farm/outcome.hpp"
#include "farm/pool.hpp"
#include "pool/call_arguments.hpp"
#include "pool/failure.hpp"

namespace farm {

using detail::CallRequest;
using detail::TaskState;

namespace {

// A message of more is split, so that the worker can begin while the next is on its way.
constexpr std::size_t largest_run = std::size_t{4} << 20;

constexpr Nanos trouble_pace = std::chrono::milliseconds(500);  // between two tries to write to a full disk

// So many elements of a map are that much, on average.
std::uint64_t most_elements(const CallRequest& call) {
  if (call.array == nullptr) return 1;
  const std::size_t bytes = std::max<std::size_t>(1, call.arguments.packed.size() / call.array->count());
  return std::max<std::size_t>(1, largest_run / bytes);
}

TaskId id_of(const TaskState& state) { return TaskId{state.task()}; }

}  // namespace

Nanos spin_time(Haste haste) {
  // Longer than a round trip between threads that are awake (10 us); short enough to cost nothing where nothing comes.
  return haste == Haste::latency ? Nanos(std::chrono::microseconds(200)) : Nanos::zero();
}

PoolMaster::PoolMaster(const Setup& setup, PoolInbox& inbox, FrameChannel& channel, const Clock& clock)
    : setup_(setup),
      inbox_(inbox),
      channel_(channel),
      clock_(clock),
      scheduler_({.haste = setup.haste, .crash_limit = setup.crash_limit}),
      heartbeats_(HeartbeatTimes::interval(setup.heartbeat), HeartbeatTimes::masters_looks) {}

void PoolMaster::turn() {
  while (auto arrived = channel_.receive()) {
    auto message = from_frame(std::move(arrived->frame));
    if (!message) fail_fatal("rank " + std::to_string(value(arrived->from)) + " sent a message that cannot be read");
    handle(arrived->from, std::move(*message));
  }
  for (const Rank rank : channel_.take_lost()) lose(rank);
  give_up_the_silent();
  flush();
  PoolInbox::Left left = inbox_.take();
  for (CallRequest& call : left.calls) accept(std::move(call));
  for (const auto& state : left.cancelled) cancel(id_of(*state), TaskFailure::Kind::cancelled);
  cancel_late();
  for (const std::uint64_t shared : left.forgotten) {
    for (auto& [rank, ids] : shared_) {
      if (ids.erase(shared) > 0) channel_.post(rank, to_frame(PoolForget{{shared}}));
    }
  }
  wake_dependants();
  if (left.is_over) return finish();
  give_up_without_workers();
  send(scheduler_.plan(clock_.now()));
}

// --- from the workers -----------------------------------------------------------------------------------------------

void PoolMaster::handle(Rank from, PoolMessage message) {
  heartbeats_.heard(from);
  if (const auto* ends = std::get_if<PoolEnds>(&message)) return take(from, *ends);
  if (const auto* hello = std::get_if<PoolHello>(&message)) return greet(from, *hello);
  if (const auto* returned = std::get_if<PoolReturned>(&message)) {
    scheduler_.returned(from, remainders(returned->remainders), clock_.now());
  } else if (const auto* dropped = std::get_if<PoolDropped>(&message)) {
    scheduler_.dropped(from, remainders(dropped->remainders));
  }
}

std::vector<FunctionScheduler::Remainder> PoolMaster::remainders(const std::vector<RemainderHead>& heads) const {
  std::vector<FunctionScheduler::Remainder> all;
  for (const RemainderHead& head : heads) all.push_back({PieceId{head.piece}, head.from});
  return all;
}

void PoolMaster::greet(Rank from, const PoolHello& hello) {
  if (hello.protocol != pool_protocol || hello.functions != detail::function_table_digest()) {
    fail_fatal(
        "rank " + std::to_string(value(from)) +
        " runs another program than rank 0: their functions differ. Is the same binary, with the same libraries, "
        "on all nodes?");
  }
  channel_.post(from, to_frame(PoolWelcome{spin_time(setup_.haste).count()}));
  scheduler_.worker_joined(from, std::max(1U, hello.slots));
  slots_[from] = std::max(1U, hello.slots);
  inbox_.set_slots(inbox_.slots() + slots_[from]);
}

void PoolMaster::take(Rank from, const PoolEnds& ends) {
  PackedView rest = ends.view;
  for (const EndHead& head : ends.heads) {
    PackedView values;
    rest.cut(head.head_bytes, head.bodies, values);
    const auto part = scheduler_.ended(from, PieceId{head.piece}, head.end, Nanos(head.took_ns));
    if (part) part_ended(*part, head, std::move(values), from);
  }
}

void PoolMaster::part_ended(const Piece& part, const EndHead& head, PackedView values, Rank from) {
  const auto found = tasks_.find(part.task);
  if (found == tasks_.end()) return;
  if (head.failed != 0) {
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

void PoolMaster::lose(Rank rank) {
  ++gone_;
  heartbeats_.forget(rank);
  if (const auto slots = slots_.extract(rank)) inbox_.set_slots(inbox_.slots() - slots.mapped());
  shared_.erase(rank);
  for (const Piece& piece : scheduler_.worker_lost(rank)) {
    const auto found = tasks_.find(piece.task);
    if (found == tasks_.end()) continue;
    fail_part(piece, failure(TaskFailure::Kind::lost, found->second,
                             "it took down " + std::to_string(setup_.crash_limit) + " ranks"));
  }
}

void PoolMaster::give_up_the_silent() {
  for (const Rank rank : heartbeats_.look(clock_.now())) {
    channel_.give_up(rank, to_frame(PoolShutdown{.has_lost_ranks = true}));
    lose(rank);
  }
}

// --- calls ----------------------------------------------------------------------------------------------------------

TaskFailure PoolMaster::failure(TaskFailure::Kind kind, const Task& task, std::string text) const {
  TaskFailure failed;
  failed.kind = kind;
  failed.text = std::move(text);
  failed.function = task.call.function ? detail::function_name(*task.call.function) : "when_all";
  failed.task = task.call.state->task();
  return failed;
}

void PoolMaster::accept(CallRequest call) {
  const TaskId id = id_of(*call.state);
  if (call.within > Nanos::zero()) deadlines_.emplace(clock_.now() + call.within, id);
  Task& task = tasks_.emplace(id, Task{std::move(call), 0, {}}).first->second;
  for (const detail::Arguments::Hole& hole : task.call.arguments.holes) {
    if (hole.value->is_settled()) continue;
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
  Packed arguments = filled(call.arguments);
  if (!call.function) {
    if (call.flat_from) end_array(arguments, *call.flat_from);
    call.state->settle(std::move(arguments));
    return settled(id);
  }
  call.arguments.packed = std::move(arguments);
  call.arguments.holes.clear();
  if (call.checkpoint) {
    recall(task);
    if (call.state->is_settled()) return settled(id);
  }
  const std::uint64_t all = call.array != nullptr ? call.array->count() : 1;
  scheduler_.submitted({.task = id,
                        .kind = value(*call.function),
                        .priority = call.priority,
                        .count = call.checkpoint ? task.missed.size() : all,
                        .chunk = call.checkpoint ? 1 : call.chunk,  // where a result ends is known of each
                        .most = most_elements(call)});
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

void PoolMaster::fail(TaskId id, TaskFailure failed) {
  const CallRequest& call = tasks_.at(id).call;
  if (call.array != nullptr) {
    call.array->add_rest(failed);
  } else {
    call.state->fail(std::move(failed));
  }
  settled(id);
}

void PoolMaster::settled(TaskId id) {
  const auto found = tasks_.find(id);
  if (dependants_.contains(found->second.call.state.get())) just_settled_.push_back(found->second.call.state.get());
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
      if (found != tasks_.end() && --found->second.missing == 0) start(id, found->second);
    }
  }
}

void PoolMaster::cancel(TaskId id, TaskFailure::Kind why) {
  const auto found = tasks_.find(id);
  if (found == tasks_.end()) return;
  std::map<Rank, PoolCancel> orders;
  for (const auto& [rank, piece] : scheduler_.cancelled(id)) orders[rank].pieces.push_back(value(piece));
  for (auto& [rank, order] : orders) channel_.post(rank, to_frame(std::move(order)));
  fail(id, failure(why, found->second, ""));
}

void PoolMaster::cancel_late() {
  while (!deadlines_.empty() && deadlines_.begin()->first <= clock_.now()) {
    cancel(deadlines_.begin()->second, TaskFailure::Kind::late);
    deadlines_.erase(deadlines_.begin());
  }
}

TimePoint PoolMaster::next_due() const {
  TimePoint due = std::min(scheduler_.next_due(), heartbeats_.next_look());
  if (!unflushed_.empty()) due = std::min(due, next_flush_);
  return deadlines_.empty() ? due : std::min(due, deadlines_.begin()->first);
}

void PoolMaster::give_up_without_workers() {
  if (gone_ < setup_.workers.size()) return;
  while (!tasks_.empty()) {
    const TaskId id = tasks_.begin()->first;
    scheduler_.cancelled(id);
    fail(id, failure(TaskFailure::Kind::lost, tasks_.begin()->second, "no worker is left"));
    wake_dependants();
  }
}

void PoolMaster::finish() {
  while (!tasks_.empty()) {
    const TaskId id = tasks_.begin()->first;
    scheduler_.cancelled(id);
    fail(id, failure(TaskFailure::Kind::cancelled, tasks_.begin()->second, "the pool has ended"));
    wake_dependants();
  }
  flush_at_last();
  // Also to those whose hello is still on its way.
  for (const Rank rank : setup_.workers) channel_.post(rank, to_frame(PoolShutdown{.has_lost_ranks = gone_ > 0}));
  over_ = true;
}

// --- to the workers -------------------------------------------------------------------------------------------------

void PoolMaster::share_with(Rank rank, const Task& task) {
  for (const auto& shared : task.call.arguments.shared) {
    if (!shared_[rank].insert(shared->id()).second) continue;
    channel_.post(rank, to_frame(PoolShare{shared->id(), shared->value(), {}}));
  }
}

void PoolMaster::add_piece(PoolRun& run, const FunctionScheduler::Send& send) {
  const Task& task = tasks_.at(send.piece.task);
  const auto [begin, end] = elements(task, send.piece);
  const ArgumentSlice arguments = slice(task.call, begin, end);
  Packer packer(run.values);
  const std::size_t head_before = run.values.head.size();
  for (const auto& shared : task.call.arguments.shared) pack(packer, shared->id());
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
                       .shared = static_cast<std::uint32_t>(task.call.arguments.shared.size())});
  run.values.bodies.insert(run.values.bodies.end(), arguments.bodies.begin(), arguments.bodies.end());
}

void PoolMaster::send(const FunctionScheduler::Plan& plan) {
  std::map<Rank, PoolRun> runs;
  for (const FunctionScheduler::Send& one : plan.sends) {
    share_with(one.to, tasks_.at(one.piece.task));
    PoolRun& run = runs[one.to];
    add_piece(run, one);
    if (run.values.head.size() > largest_run) channel_.post(one.to, to_frame(std::exchange(run, {})));
  }
  for (auto& [rank, run] : runs) {
    if (!run.heads.empty()) channel_.post(rank, to_frame(std::move(run)));
  }
  for (const Rank rank : plan.recalls) channel_.post(rank, to_frame(PoolRecall{}));
}

}  // namespace farm
