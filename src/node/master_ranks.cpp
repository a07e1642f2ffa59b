// The part of the master that knows who is there: ranks that come, change their slots, fall silent and are lost.
#include <algorithm>
#include <utility>

#include "base/needs_text.hpp"
#include "base/units.hpp"
#include "farm/error.hpp"
#include "farm/version.hpp"
#include "node/master.hpp"

namespace farm {

void Master::greet(Rank from, const Hello& hello) {
  if (hello.farm_version != version) {
    fail_fatal("rank " + std::to_string(value(from)) + " on " + hello.host + " runs farm " + hello.farm_version +
               ", rank 0 runs " + version + ": install one version on all nodes");
  }
  const Needs has{.cpus = std::max(hello.cpus, 1U), .memory = hello.memory, .gpus = hello.gpus, .tokens = {}};
  notes_.worker_joined(from, {.host = hello.host, .resources = format_needs(has)});
  const auto node = nodes_.emplace(hello.host, static_cast<std::uint32_t>(nodes_.size())).first->second;
  parts_.channel.post(from, Welcome{.run = setup_.run, .run_dir = setup_.run_dir, .start = setup_.start});
  const Capacity capacity{.cpus = hello.cpus, .gpus = hello.gpus, .memory = hello.memory};
  const Joining worker{.event = {.worker = from, .slots = hello.slots, .node = node, .capacity = capacity},
                       .host = hello.host,
                       .pid = hello.pid};
  if (hello.slots > 0) {
    join(worker);
  } else {
    without_slots_.emplace(from, worker);
  }
  if (resize_) parts_.channel.post(from, *resize_);
  if (notes_.workers().size() == static_cast<std::size_t>(setup_.ranks)) apply(AllWorkersKnown{});
  throughput_.slots_changed(scheduler_.counters().slots, parts_.clock.now());
}

void Master::join(const Joining& worker) {
  const WorkerUp& event = worker.event;
  parts_.journal.append(WorkerJoined{event.worker, worker.host, worker.pid, event.slots, parts_.clock.wall()});
  apply(event);
}

void Master::take(Rank from, const Resized& resized) {
  const auto idle = without_slots_.find(from);
  if (idle == without_slots_.end()) {
    apply(SlotsChanged{.worker = from, .slots = resized.slots});
  } else if (resized.slots > 0) {
    Joining worker = idle->second;
    without_slots_.erase(idle);
    worker.event.slots = resized.slots;
    join(worker);
  }
  throughput_.slots_changed(scheduler_.counters().slots, parts_.clock.now());
}

// Every worker finds its own share: only it knows its node's processors.
void Master::look_at_slots() {
  const std::optional<SlotRule> rule = slot_file_.changed();
  if (!rule) return;
  resize_ = Resize{.kind = static_cast<std::uint32_t>(rule->kind), .number = rule->number};
  for (const auto& [rank, worker] : notes_.workers()) parts_.channel.post(rank, *resize_);
}

void Master::lose(Rank rank, const std::string& why) {
  without_slots_.erase(rank);
  heartbeats_.forget(rank);
  lost_.insert(rank);
  notes_.worker_lost(rank, why);
  parts_.journal.append(WorkerLost{rank, why, parts_.clock.wall()});
  for (const AttemptKey key : scheduler_.out_on(rank)) desk_.forget(key);
  apply(WorkerDown{rank});
  throughput_.slots_changed(scheduler_.counters().slots, parts_.clock.now());
  const bool may_more_come = notes_.workers().size() < static_cast<std::size_t>(setup_.ranks);
  if (!may_more_come) apply(AllWorkersKnown{});
  if (scheduler_.counters().workers == 0 && !may_more_come) stop("all workers are gone");
}

// Dead on another host, frozen and killed by its shepherd by now, or cut off: which of these cannot be told from here.
void Master::give_up_the_silent() {
  for (const Rank rank : heartbeats_.look(parts_.clock.now())) {
    parts_.channel.give_up(rank);
    lose(rank, "not heard of for " + format_duration(setup_.options.heartbeat));
  }
}

}  // namespace farm
