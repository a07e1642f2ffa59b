#include "pool/pool_master.hpp"

#include <algorithm>
#include <utility>

#include "farm/error.hpp"
#include "farm/pool.hpp"

namespace farm {

using detail::CallRequest;

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
      heartbeats_(HeartbeatTimes::interval(setup.heartbeat), HeartbeatTimes::masters_looks),
      values_(channel) {}

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
  for (const auto& state : left.cancelled) cancel(TaskId{state->task()}, TaskFailure::Kind::cancelled);
  cancel_late();
  for (const auto& state : left.wanted) fetch(state);
  for (const ValueId value : left.forgotten) forget(value);
  if (left.is_over) return finish();
  give_up_without_workers();
  hand_out();
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
  } else if (const auto* got = std::get_if<PoolGot>(&message)) {
    got_value(from, *got);
  } else if (const auto* share = std::get_if<PoolShare>(&message)) {
    fetched(ValueId{share->id}, share->view);
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
  channel_.post(from, to_frame(PoolWelcome{spin_time(setup_.haste).count(), setup_.keep_above}));
  values_.joined(from, hello.node);
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
    if (part && tasks_.contains(part->task)) {
      part_ended(*part, head, std::move(values), from);
    } else if (head.kind == EndHead::Kind::kept) {  // of a call that was cancelled
      values_.arrived(result_value(head.task), from, true);
    }
  }
}

void PoolMaster::lose(Rank rank) {
  ++gone_;
  heartbeats_.forget(rank);
  if (const auto slots = slots_.extract(rank)) inbox_.set_slots(inbox_.slots() - slots.mapped());
  values_.lost(rank);
  if (const auto held = held_back_.extract(rank)) {  // it has never seen them
    for (const HeldBack& one : held.mapped()) scheduler_.dropped(rank, {{one.send.piece.id, 0}});
  }
  for (const Piece& piece : scheduler_.worker_lost(rank)) {
    const auto found = tasks_.find(piece.task);
    if (found == tasks_.end()) continue;
    fail_part(piece, failure(TaskFailure::Kind::lost, found->second,
                             "it took down " + std::to_string(setup_.crash_limit) + " ranks"));
  }
  make_lost_results_again();
  send_what_was_held_back();
}

void PoolMaster::give_up_the_silent() {
  for (const Rank rank : heartbeats_.look(clock_.now())) {
    channel_.give_up(rank, to_frame(PoolShutdown{.has_lost_ranks = true}));
    lose(rank);
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
  for (auto& [id, kept] : kept_) {
    kept.task.call.state = kept.state.lock();
    if (kept.task.call.state) {
      kept.task.call.state->fail(failure(TaskFailure::Kind::cancelled, kept.task,
                                         "the pool has ended, and its result, which nobody had asked for, with it"));
    }
  }
  flush_at_last();
  // Also to those whose hello is still on its way.
  for (const Rank rank : setup_.workers) channel_.post(rank, to_frame(PoolShutdown{.has_lost_ranks = gone_ > 0}));
  over_ = true;
}

}  // namespace farm
