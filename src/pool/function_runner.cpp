#include "pool/function_runner.hpp"

#include <algorithm>
#include <utility>

#include "core/value_places.hpp"
#include "farm/error.hpp"
#include "pool/call_arguments.hpp"
#include "pool/failure.hpp"
#include "pool/this_rank.hpp"

namespace farm {
namespace {

using namespace std::chrono_literals;

// How long the end of a short call may wait for others to be reported with it: a message and its two wake-ups cost 50
// us.
constexpr Nanos report_within = 2ms;
// What took as long as that is reported at once.
constexpr Nanos worth_a_message = 500us;

}  // namespace

FunctionRunner::FunctionRunner(Setup setup, const Clock& clock) : setup_(std::move(setup)), clock_(clock) {
  for (std::uint32_t i = 0; i < setup_.slots; ++i) slots_.push_back(std::make_unique<Slot>());
  running_threads_ = slots_.size();
  for (const auto& slot : slots_) threads_.emplace_back([this, &slot = *slot] { serve(slot); });
}

FunctionRunner::~FunctionRunner() { close(Nanos::zero()); }

bool FunctionRunner::close(Nanos at_most) {
  std::unique_lock lock(mutex_);
  closing_ = true;
  queue_.clear();
  for (const auto& slot : slots_) {
    if (!slot->is_busy) continue;
    slot->stop.request_stop();
    cut(*slot, 0);
  }
  work_.notify_all();
  return over_.wait_for(lock, at_most, [this] { return running_threads_ == 0; });
}

void FunctionRunner::add(const PoolRun& run) {
  const std::lock_guard lock(mutex_);
  PackedView rest = run.view;
  for (const PieceHead& head : run.heads) {
    Job job{head, {}};
    rest.cut(head.head_bytes, head.bodies, job.arguments);
    queue_.push_back(std::move(job));
  }
  batch_ = queue_.size();
  queued_ = queue_.size();
  told_running_low_ = false;
  if (slots_.size() == 1) {
    work_.notify_one();
  } else {
    work_.notify_all();
  }
}

// --- the threads ----------------------------------------------------------------------------------------------------

void FunctionRunner::spin_for_work() const {
  const TimePoint until = clock_.now() + spin_.load();
  while (queued_ == 0 && !closing_ && clock_.now() < until) {
  }
}

bool FunctionRunner::await_job(std::unique_lock<std::mutex>& lock) {
  if (queue_.empty() && spin_.load() > Nanos::zero()) {
    lock.unlock();
    spin_for_work();
    lock.lock();
  }
  work_.wait(lock, [this] { return closing_ || !queue_.empty(); });
  return !closing_;
}

void FunctionRunner::serve(Slot& slot) {
  set_this_rank(setup_.rank);
  std::unique_lock lock(mutex_);
  while (await_job(lock)) {
    slot.job = std::move(queue_.front());
    queue_.pop_front();
    queued_ = queue_.size();
    slot.is_busy = true;
    slot.claimed = slot.job.head.begin;
    slot.limit = slot.job.head.end;
    slot.show = false;
    if (slot.stop.stop_requested()) slot.stop = std::stop_source();
    lock.unlock();
    run(slot);
    lock.lock();
    slot.is_busy = false;
  }
  --running_threads_;
  over_.notify_all();
}

// Whoever shortens a piece stores the limit and then looks at what is claimed; we store the claim and then look at the
// limit. So one of the two sees the other, and where both do the lock decides.
bool FunctionRunner::claim(Slot& slot, std::uint64_t element) {
  slot.claimed.store(element + 1);
  if (element < slot.limit.load()) return true;
  const std::lock_guard lock(mutex_);
  if (element < slot.limit.load()) return true;
  slot.claimed.store(element);
  return false;
}

// The lock is held. The limit it comes to: what is claimed already is run.
std::uint64_t FunctionRunner::cut(Slot& slot, std::uint64_t limit) {
  slot.limit.store(limit);
  const std::uint64_t claimed = slot.claimed.load();
  if (claimed > limit) slot.limit.store(claimed);
  return std::max(claimed, limit);
}

// Reads the numbers in front of the arguments, and puts in the results that are here. Only a call that is not wanted
// any more can miss one, and nobody looks at what it then makes of its arguments.
PackedView FunctionRunner::put_together(const PieceHead& head, PackedView arguments,
                                        std::vector<std::uint64_t>& shared_ids) const {
  Unpacker from(arguments.head, arguments.bodies);
  shared_ids.resize(head.shared);
  for (std::uint64_t& id : shared_ids) id = unpack<std::uint64_t>(from);
  std::vector<HoleHead> holes(head.holes);
  for (HoleHead& hole : holes) hole = unpack<HoleHead>(from);
  arguments.head.remove_prefix(arguments.head.size() - from.left());
  if (holes.empty()) return arguments;
  return view_of(joined({arguments.head, arguments.bodies}, holes, [&](Packed& to, const HoleHead& hole) {
    if (const auto result = shared_.packed(hole.value)) to.append(result->copy());
  }));
}

// The result of the call, if it is to stay here, is taken.
bool FunctionRunner::keeps(const PieceHead& head, Packed& results) {
  if (head.may_keep == 0 || results.size() <= keep_above_.load(std::memory_order_relaxed)) return false;
  shared_.add(value(result_value(head.task)), view_of(std::exchange(results, {})), true);
  return true;
}

void FunctionRunner::run(Slot& slot) {
  using Kind = EndHead::Kind;
  const PieceHead& head = slot.job.head;
  const detail::Thunk thunk = detail::find_function(FunctionId{head.function});
  std::vector<std::uint64_t> shared_ids;
  PackedView arguments;
  Unpacker from({}, {});
  detail::CallContext context{.stop = slot.stop.get_token(),
                              .shared = &shared_,
                              .commands = setup_.commands,
                              .task = head.task,
                              .attempt = head.attempt};
  Packed results;
  Packer to(results);
  std::uint64_t reported = head.begin;
  TimePoint since = clock_.now();
  const auto report_until = [&](std::uint64_t end, Kind kind) {
    if (reported == end) return;
    const TimePoint now = clock_.now();
    const Nanos took = now - std::exchange(since, now);
    reported = end;
    report({.piece = head.piece, .task = head.task, .end = end, .kind = kind}, std::exchange(results, {}), took, now);
  };
  const bool is_single = head.end - head.begin == 1;
  std::uint64_t at = head.begin;
  while (at < head.end && claim(slot, at)) {
    const std::size_t bytes_before = results.head.size();
    const std::size_t bodies_before = results.bodies.size();
    try {
      if (at == head.begin) {
        arguments = put_together(head, slot.job.arguments, shared_ids);
        from = Unpacker(arguments.head, arguments.bodies);
        context.shared_ids = shared_ids;
      }
      thunk(context, from, to);
      const std::size_t size = results.head.size() - bytes_before;
      if (size > setup_.largest_head) fail_usage(too_large("the result of a call", size, setup_.largest_head));
      ++at;
    } catch (...) {
      const std::exception_ptr problem = std::current_exception();
      results.head.resize(bytes_before);
      results.bodies.resize(bodies_before);
      report_until(at, Kind::done);
      results = pack_failure(failure_of(problem));
      report_until(++at, Kind::failed);
    }
    if (!is_single && (results.head.size() >= PoolRun::usual_bytes || slot.show.load(std::memory_order_relaxed))) {
      slot.show = false;
      report_until(at, Kind::done);
    }
  }
  slot.job.arguments = {};
  report_until(at, keeps(head, results) ? Kind::kept : Kind::done);
}

void FunctionRunner::report(EndHead head, Packed values, Nanos took, TimePoint now) {
  bool wakes = false;
  {
    const std::lock_guard lock(mutex_);
    head.took_ns = took.count();
    head.head_bytes = values.head.size();
    head.bodies = static_cast<std::uint32_t>(values.bodies.size());
    if (ends_.empty() || ends_.back().values.head.size() >= PoolRun::usual_bytes) ends_.emplace_back();
    ends_.back().heads.push_back(head);
    ends_.back().values.append(values);
    const bool runs_low = !told_running_low_ && queue_.size() <= batch_ / 2;
    const TimePoint due = runs_low || queue_.empty() || took >= worth_a_message ? now : now + report_within;
    told_running_low_ = told_running_low_ || runs_low;
    wakes = due < due_;
    due_ = std::min(due, due_);
  }
  if (wakes) setup_.wake();
}

// --- the thread that talks ------------------------------------------------------------------------------------------

bool FunctionRunner::can_split(const Slot& slot) {
  return slot.is_busy && slot.job.head.may_split != 0 && slot.limit.load() > slot.claimed.load();
}

std::vector<RemainderHead> FunctionRunner::give_back() {
  std::vector<RemainderHead> remainders;
  const std::lock_guard lock(mutex_);
  for (std::size_t i = (queue_.size() + 1) / 2; i > 0; --i) {
    remainders.push_back({queue_.back().head.piece, queue_.back().head.begin});
    queue_.pop_back();
  }
  queued_ = queue_.size();
  if (!remainders.empty()) return remainders;
  const auto left = [](const auto& slot) {
    return can_split(*slot) ? slot->limit.load() - slot->claimed.load() : std::uint64_t{0};
  };
  const auto most = std::ranges::max_element(slots_, {}, left);
  if (left(*most) == 0) return remainders;
  Slot& slot = **most;
  const std::uint64_t end = slot.limit.load();
  const std::uint64_t from = cut(slot, end - (left(*most) + 1) / 2);
  if (from < end) remainders.push_back({slot.job.head.piece, from});
  return remainders;
}

std::vector<RemainderHead> FunctionRunner::cancel(const std::vector<std::uint64_t>& pieces) {
  std::vector<RemainderHead> remainders;
  const std::lock_guard lock(mutex_);
  for (const std::uint64_t piece : pieces) {
    const auto waiting = std::ranges::find(queue_, piece, [](const Job& job) { return job.head.piece; });
    if (waiting != queue_.end()) {
      remainders.push_back({piece, waiting->head.begin});
      queue_.erase(waiting);
      continue;
    }
    for (const auto& slot : slots_) {
      if (!slot->is_busy || slot->job.head.piece != piece) continue;
      slot->stop.request_stop();
      const std::uint64_t end = slot->limit.load();
      const std::uint64_t from = cut(*slot, 0);
      if (from < end) remainders.push_back({piece, from});
    }
  }
  queued_ = queue_.size();
  return remainders;
}

TimePoint FunctionRunner::report_due() const {
  const std::lock_guard lock(mutex_);
  return due_;
}

PoolEnds FunctionRunner::take_ends() {
  const std::lock_guard lock(mutex_);
  PoolEnds ends;
  if (!ends_.empty()) {
    ends = std::move(ends_.front());
    ends_.pop_front();
  }
  due_ = ends_.empty() ? end_of_time : TimePoint{};
  return ends;
}

bool FunctionRunner::is_hungry() const {
  const std::lock_guard lock(mutex_);
  return queue_.empty();
}

bool FunctionRunner::has_long_piece() const {
  const std::lock_guard lock(mutex_);
  return std::ranges::any_of(
      slots_, [](const auto& slot) { return slot->is_busy && slot->job.head.end - slot->job.head.begin > 1; });
}

void FunctionRunner::show_progress() {
  const std::lock_guard lock(mutex_);
  for (const auto& slot : slots_) slot->show = true;
}

}  // namespace farm
