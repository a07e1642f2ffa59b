#include "pool/pool_worker.hpp"

#include <algorithm>
#include <utility>

#include "farm/error.hpp"

namespace farm {
namespace {

// Whoever walks over results as they come sees those of a long piece at this pace.
constexpr Nanos progress_pace = std::chrono::milliseconds(50);

}  // namespace

PoolWorker::PoolWorker(Rank rank, std::uint32_t slots, FrameChannel& channel, const Clock& clock, bool may_spin)
    : channel_(channel),
      clock_(clock),
      runner_({.rank = rank, .slots = slots, .wake = [this] { wake_up_.ring(); }}, clock),
      may_spin_(may_spin) {
  channel_.post(master_rank, to_frame(PoolHello{.slots = slots, .functions = detail::function_table_digest()}));
}

void PoolWorker::handle(PoolMessage message) {
  if (auto* run = std::get_if<PoolRun>(&message)) return runner_.add(*run);
  if (auto* share = std::get_if<PoolShare>(&message)) return runner_.shared().add(share->id, std::move(share->view));
  if (auto* forget = std::get_if<PoolForget>(&message)) return runner_.shared().forget(forget->ids);
  if (std::holds_alternative<PoolRecall>(message)) {
    channel_.post(master_rank, to_frame(PoolReturned{runner_.give_back()}));
  } else if (auto* cancel = std::get_if<PoolCancel>(&message)) {
    channel_.post(master_rank, to_frame(PoolDropped{runner_.cancel(cancel->pieces)}));
  } else if (auto* welcome = std::get_if<PoolWelcome>(&message)) {
    spin_ = may_spin_ ? Nanos(welcome->spin_ns) : Nanos::zero();
    runner_.spin(spin_);
  } else if (std::holds_alternative<PoolShutdown>(message)) {
    over_ = true;
  }
}

void PoolWorker::turn() {
  while (auto arrived = channel_.receive()) {
    auto message = from_frame(std::move(arrived->frame));
    if (!message) fail_fatal("rank 0 sent a message this worker cannot read");
    handle(std::move(*message));
  }
  const TimePoint now = clock_.now();
  if (now >= progress_due_) runner_.show_progress();
  if (!runner_.has_long_piece()) {
    progress_due_ = end_of_time;
  } else if (now >= progress_due_ || progress_due_ == end_of_time) {
    progress_due_ = now + progress_pace;
  }
  if (runner_.report_due() <= now) channel_.post(master_rank, to_frame(runner_.take_ends()));
}

TimePoint PoolWorker::next_due() const { return std::min(progress_due_, runner_.report_due()); }

}  // namespace farm
