// The part of the master that says how the run stands: at any time, and when it ends.
#include <algorithm>

#include "node/master.hpp"

namespace farm {

RunSummary Master::finish() {
  // To all of them: one that starts slowly may not have said hello yet.
  for (int rank = 0; rank < setup_.ranks; ++rank) {
    parts_.channel.post(Rank{rank}, Shutdown{.has_lost_ranks = !lost_.empty()});
  }
  if (const auto shortest = scheduler_.shortest_too_late()) {
    // One that got on may get further the next time.
    const bool got_on = scheduler_.counters().succeeded + scheduler_.counters().failed > 0;
    const auto whole = setup_.options.allocation_length;
    const bool is_too_long =
        whole && !got_on && !notes_.is_stopped() && Scheduler::time_wanted(shortest->second) >= *whole - setup_.grace;
    notes_.too_late(scheduler_.counters().too_late, shown(shortest->first), *shortest,
                    is_too_long ? whole : std::nullopt);
  }
  const bool time_is_over = setup_.end && parts_.clock.now() >= *setup_.end - setup_.grace;
  if (time_is_over && tasks_left() != std::optional<std::uint64_t>(0)) notes_.stopped(RunNotes::end_of_allocation);
  RunSummary summary;
  summary.last = snapshot();
  summary.left = tasks_left();
  summary.status = status();
  notes_.add_to(summary);
  parts_.journal.append(RunEnded{.succeeded = summary.last.succeeded,
                                 .failed = summary.last.failed,
                                 .left = summary.left,
                                 .why = summary.stopped_by.empty() ? "done" : summary.stopped_by,
                                 .time = parts_.clock.wall()});
  parts_.journal.write();
  parts_.journal.sync_soon();
  return summary;
}

int Master::status() const {
  constexpr int failed = 1;
  constexpr int refused = 2;
  constexpr int stopped_early = 75;
  constexpr int cannot_go_on = 255;
  const Scheduler::Counters counters = scheduler_.counters();
  const bool has_begun = counters.succeeded + counters.failed + counters.retried > 0;
  if (!reader_.error().empty()) return has_begun ? cannot_go_on : refused;
  if (notes_.is_refused()) return refused;
  // Typing the command again would not help.
  if (notes_.gave_up()) return failed;
  const auto& halted = notes_.halted_by_rule();
  if (halted && halted->on_success) return 0;
  const bool all_done = tasks_left() == std::optional<std::uint64_t>(0);
  if (!all_done && !halted) return stopped_early;
  return counters.failed > 0 ? failed : 0;
}

// --- what can be seen -----------------------------------------------------------------------------------------------

std::optional<std::uint64_t> Master::tasks_left() const {
  const Scheduler::Counters counters = scheduler_.counters();
  std::optional<std::uint64_t> total = parts_.source.total();
  if (scheduler_.has_read_all() && reader_.error().empty()) total = reader_.known();
  if (!total) return std::nullopt;
  return *total - counters.kept - counters.succeeded - counters.failed - counters.skipped;
}

RunSnapshot Master::snapshot() const {
  const Scheduler::Counters counters = scheduler_.counters();
  const TimePoint now = parts_.clock.now();
  RunSnapshot shot{.total = parts_.source.total(),
                   .known = reader_.known(),
                   .kept = counters.kept - reader_.skipped(),
                   .skipped = reader_.skipped() + counters.skipped,
                   .succeeded = counters.succeeded,
                   .up_to_date = up_to_date_,
                   .failed = counters.failed,
                   .retried = counters.retried,
                   .running = counters.out,
                   .slots = counters.slots,
                   .workers = counters.workers,
                   .elapsed = now - started_,
                   .busy = throughput_.busy(),
                   .slot_time = throughput_.slot_time(now),
                   .tasks_per_second = throughput_.rate(now),
                   .remaining = std::nullopt,
                   .stopping = scheduler_.is_stopping(),
                   .trouble = told_trouble_};
  if (!shot.total && scheduler_.has_read_all()) shot.total = reader_.known();
  const auto left = tasks_left();
  constexpr std::uint64_t enough_samples = 5;
  if (left && counters.slots > 0 &&
      scheduler_.durations().samples() >= std::max<std::uint64_t>(counters.slots, enough_samples)) {
    shot.remaining = scheduler_.durations().mean() * static_cast<std::int64_t>(*left) / counters.slots;
  }
  return shot;
}

}  // namespace farm
