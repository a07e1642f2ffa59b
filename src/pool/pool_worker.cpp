#include "pool/pool_worker.hpp"

#include <algorithm>
#include <utility>

#include "farm/error.hpp"

namespace farm {
namespace {

// Whoever walks over results as they come sees those of a long piece at this pace.
constexpr Nanos progress_pace = std::chrono::milliseconds(50);

}  // namespace

PoolWorker::PoolWorker(Setup setup, FrameChannel& channel, const Clock& clock)
    : setup_(std::move(setup)),
      channel_(channel),
      clock_(clock),
      runner_({.rank = setup_.rank,
               .slots = setup_.slots,
               .wake = [this] { wake_up_.ring(); },
               .commands = setup_.commands},
              clock),
      last_words_(clock.now()),
      last_beat_(last_words_) {
  say(PoolHello{.slots = setup_.slots, .functions = detail::function_table_digest(), .node = setup_.node});
}

void PoolWorker::say(PoolMessage message) {
  channel_.post(master_rank, to_frame(std::move(message)));
  last_words_ = clock_.now();
}

// To the shepherd always, to the master only when it has not heard anything else.
void PoolWorker::show_life(TimePoint now) {
  if (setup_.heartbeat == Nanos::zero() || now < last_beat_ + setup_.heartbeat) return;
  last_beat_ = now;
  setup_.beat();
  if (now >= last_words_ + setup_.heartbeat / 2) say(PoolAlive{});
}

void PoolWorker::handle(Rank from, PoolMessage message) {
  SharedValues& values = runner_.shared();
  if (auto* run = std::get_if<PoolRun>(&message)) {
    runner_.add(*run);
  } else if (auto* share = std::get_if<PoolShare>(&message)) {
    values.add(share->id, std::move(share->view), share->keeps);
    if (from != master_rank) say(PoolGot{share->id, share->keeps});
  } else if (const auto* give = std::get_if<PoolGive>(&message)) {
    const auto packed = values.packed(give->id);
    if (!packed) fail_fatal("rank 0 asks for a value that this worker does not have");
    channel_.post(Rank{give->to}, to_frame(PoolShare{give->id, give->keeps != 0, packed->copy(), {}}));
  } else if (const auto* expect = std::get_if<PoolExpect>(&message)) {
    channel_.expect(Rank{expect->from});
  } else if (const auto* forget = std::get_if<PoolForget>(&message)) {
    values.forget(forget->ids);
  } else if (const auto* lost = std::get_if<PoolLost>(&message)) {
    channel_.give_up(Rank{lost->rank}, to_frame(PoolShutdown{.has_lost_ranks = true}));
  } else {
    obey(std::move(message));
  }
}

void PoolWorker::obey(PoolMessage message) {
  if (std::holds_alternative<PoolRecall>(message)) {
    say(PoolReturned{runner_.give_back()});
  } else if (auto* cancel = std::get_if<PoolCancel>(&message)) {
    say(PoolDropped{runner_.cancel(cancel->pieces)});
  } else if (auto* welcome = std::get_if<PoolWelcome>(&message)) {
    spin_ = setup_.may_spin ? Nanos(welcome->spin_ns) : Nanos::zero();
    runner_.spin(spin_);
    runner_.keep_above(welcome->keep_above);
  } else if (const auto* shutdown = std::get_if<PoolShutdown>(&message)) {
    over_ = true;
    has_lost_ranks_ = shutdown->has_lost_ranks;
    say(PoolGoodbye{});
  }
}

void PoolWorker::turn() {
  while (auto arrived = channel_.receive()) {
    auto message = from_frame(std::move(arrived->frame));
    if (!message) {
      fail_fatal("rank " + std::to_string(value(arrived->from)) + " sent a message this worker cannot read");
    }
    handle(arrived->from, std::move(*message));
  }
  const TimePoint now = clock_.now();
  if (now >= progress_due_) runner_.show_progress();
  if (!runner_.has_long_piece()) {
    progress_due_ = end_of_time;
  } else if (now >= progress_due_ || progress_due_ == end_of_time) {
    progress_due_ = now + progress_pace;
  }
  while (runner_.report_due() <= now) say(runner_.take_ends());
  show_life(now);
}

TimePoint PoolWorker::next_due() const {
  const TimePoint due = std::min(progress_due_, runner_.report_due());
  return setup_.heartbeat == Nanos::zero() ? due : std::min(due, last_beat_ + setup_.heartbeat);
}

}  // namespace farm
