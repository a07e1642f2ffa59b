#include "node/master.hpp"

#include <algorithm>
#include <csignal>
#include <sstream>
#include <utility>

#include "base/redact.hpp"
#include "node/fill_slot.hpp"

namespace farm {
namespace {

using namespace std::chrono_literals;

// A batch of long commands is sent in parts, far below what a message may be.
constexpr std::size_t largest_batch_text = std::size_t{1} << 20;

// Reading over tasks that are kept is quick but not free: after so many the loop looks after its workers again.
constexpr std::uint64_t most_read_per_turn = 100'000;

constexpr Nanos progress_pace = 100ms;
constexpr Nanos trouble_pace = 500ms;  // between two tries to write to a full disk

Scheduler::Settings settings_from(const Master::Setup& setup, const TaskSource& source) {
  const RunOptions& options = setup.options;
  return {.halt = options.halt,
          .delay = options.delay,
          .total = source.total(),
          .delay_grows = options.delay_grows,
          .timeout_percent = options.timeout_percent,
          .retry_on = options.retry_on,
          .retry_pause = options.retry_pause,
          .tokens = options.tokens,
          .gives_up_early = !options.keep_going && !options.sweep,
          .speculates = options.speculate,
          .end = setup.end,
          .grace = setup.grace,
          .orders_by_weight = setup.orders_by_weight};
}

int first_signal(const RunOptions& options) { return options.grace_signal == 0 ? SIGTERM : options.grace_signal; }

}  // namespace

Master::Master(Parts parts, Setup setup)
    : parts_(parts),
      setup_(std::move(setup)),
      reader_(parts.source, parts.journal, parts.printer, setup_.options, setup_.knowledge),
      scheduler_(settings_from(setup_, parts.source), std::move(setup_.graph)),
      desk_({.journal = parts.journal,
             .segment = parts.segment,
             .printer = parts.printer,
             .clock = parts.clock,
             .results = parts.results,
             .joblog = parts.joblog},
            setup_.options, setup_.launch_dir, setup_.host),
      notes_(parts.observer),
      throughput_(parts.clock.now()),
      heartbeats_(HeartbeatTimes::interval(setup_.options.heartbeat), HeartbeatTimes::masters_looks),
      slot_file_(setup_.options.slots_file, setup_.options.slots),
      started_(parts.clock.now()),
      last_progress_(started_ - 1h) {}

void Master::turn() {
  receive();
  if (scheduler_.next_due() <= parts_.clock.now()) apply(Tick{});
  read_tasks();
  write_down();
  act();
  if (parts_.results != nullptr && told_trouble_.empty()) parts_.results->pump();
  // What waited for the turn of a task that will not end any more.
  if (scheduler_.is_finished() && (parts_.results == nullptr || parts_.results->is_idle())) parts_.printer.release();
  parts_.printer.pump();
  const TimePoint now = parts_.clock.now();
  if (now - last_progress_ >= progress_pace) {
    last_progress_ = now;
    parts_.observer.progressed(snapshot());
  }
}

bool Master::has_results_to_write() const { return parts_.results != nullptr && !parts_.results->is_idle(); }

bool Master::is_over() const {
  return scheduler_.is_finished() && pending_.empty() && !has_results_to_write() && parts_.printer.is_idle();
}

TimePoint Master::next_due() const {
  const TimePoint now = parts_.clock.now();
  if (reader_.has_more_to_read()) return now;
  TimePoint due = std::min({scheduler_.next_due(), heartbeats_.next_look(), last_progress_ + 1s});
  const bool is_stuck = !told_trouble_.empty() || (has_results_to_write() && parts_.results->is_stuck());
  if (is_stuck) return std::min(due, now + trouble_pace);
  if (has_results_to_write()) return now;
  return due;
}

bool Master::is_expecting() const { return scheduler_.counters().out > 0 || notes_.workers().empty(); }

// --- receive --------------------------------------------------------------------------------------------------------

void Master::receive() {
  while (auto envelope = parts_.channel.receive()) handle(envelope->from, envelope->message);
  for (const Rank rank : parts_.channel.take_lost()) lose(rank, "it died");
  give_up_the_silent();
}

void Master::handle(Rank from, Message& message) {
  // Rank 0's own worker turns when this one does.
  if (from != master_rank && !lost_.contains(from)) heartbeats_.heard(from);
  if (auto* m = std::get_if<Results>(&message)) return take(from, *m);
  if (const auto* m = std::get_if<OutputChunk>(&message)) return take(from, *m);
  if (const auto* m = std::get_if<Returned>(&message)) return take(from, *m);
  if (const auto* m = std::get_if<Hello>(&message)) return greet(from, *m);
  if (const auto* m = std::get_if<Resized>(&message)) return take(from, *m);
  if (const auto* m = std::get_if<Notice>(&message)) return parts_.observer.notice(m->line);
}

void Master::take(Rank from, Results& results) {
  AttemptsEnded event{.worker = from, .results = {}};
  std::size_t at = 0;
  for (const ResultHead& head : results.heads) {
    const std::string_view text = results.text;
    const std::string_view out = text.substr(at, head.out.inline_bytes);
    const std::string_view err = text.substr(at + out.size(), head.err.inline_bytes);
    at += out.size() + err.size();
    // Whether a failure is final may depend on all that came before it.
    if (!succeeded(head.outcome) && !event.results.empty())
      apply(std::exchange(event, {.worker = from, .results = {}}));
    const AttemptKey key{TaskId{head.task}, Attempt{head.attempt}};
    if (scheduler_.is_current(key, from)) {
      const ResultDesk::End end{.key = key,
                                .worker = from,
                                .host = notes_.host_of(from),
                                .slot = head.slot,
                                .outcome = head.outcome,
                                .final = scheduler_.would_settle(key, head.outcome)};
      write_end(end, {.out = head.out, .err = head.err, .out_text = out, .err_text = err});
    }
    event.results.push_back({key, head.outcome});
  }
  if (!event.results.empty()) apply(event);
  look_at_slots();
}

void Master::write_end(const ResultDesk::End& end, const ResultDesk::Streams& streams) {
  const std::string command = desk_.ended(end, streams, reader_.spec(end.key.task));
  up_to_date_ += end.outcome.up_to_date ? 1U : 0U;
  throughput_.attempt_ended(end.outcome.usage.wall);
  parts_.observer.attempt_ended(end.key.task, end.key.attempt, end.worker, end.outcome, end.final, command);
}

void Master::take(Rank from, const OutputChunk& chunk) {
  const AttemptKey key{TaskId{chunk.task}, Attempt{chunk.attempt}};
  if (!scheduler_.is_current(key, from)) return;
  desk_.chunk(chunk, reader_.spec(key.task));
  credits_.emplace_back(from, Credit{chunk.task, chunk.attempt, chunk.stream, chunk.bytes.size()});
}

void Master::take(Rank from, const Returned& returned) {
  AttemptsReturned event{.worker = from, .keys = {}};
  for (const AttemptRef& ref : returned.attempts) event.keys.push_back({TaskId{ref.task}, Attempt{ref.attempt}});
  apply(event);
}

// --- tasks ----------------------------------------------------------------------------------------------------------

void Master::apply(const Event& event) {
  for (Action& action : scheduler_.apply(event, parts_.clock.now())) {
    if (const auto* read = std::get_if<ReadTasks>(&action)) {
      act_on(*read);  // changes nothing that the journal would have to know of first
    } else {
      pending_.push_back(std::move(action));
    }
  }
}

void Master::read_tasks() {
  for (std::uint64_t read = 0; read < most_read_per_turn;) {
    const std::optional<TasksRead> event = reader_.read();
    if (!event) return;
    if (event->end && !reader_.error().empty()) {
      std::istringstream lines(setup_.options.redact ? redact_lines(reader_.error()) : reader_.error());
      for (std::string line; std::getline(lines, line);) parts_.observer.notice(line);
      drain("an error in the manifest");
    }
    apply(*event);
    read += event->tasks.size();
    if (event->end) return;
  }
}

// --- write down, then act -------------------------------------------------------------------------------------------

void Master::write_down() {
  reader_.write_down();
  const Nanos time = parts_.clock.wall();
  for (; written_down_ < pending_.size(); ++written_down_) {
    const auto* send = std::get_if<SendTasks>(&pending_[written_down_]);
    if (send == nullptr) continue;
    TasksSent sent{.worker = send->worker, .time = time, .items = {}};
    for (const AttemptKey key : send->keys) sent.items.push_back({key.task, key.attempt});
    parts_.journal.append(sent);
  }
  // Output before the line that points to it: a journal that is a file sees to that itself, too.
  parts_.segment.flush();
  if (parts_.segment.trouble().empty()) parts_.journal.write();
  report_trouble();
  write_joblog();
}

void Master::write_joblog() {
  if (parts_.joblog == nullptr) return;
  parts_.joblog->flush();
  const std::string& trouble = parts_.joblog->trouble();
  if (trouble != told_log_trouble_ && !trouble.empty()) parts_.observer.notice(trouble);
  told_log_trouble_ = trouble;
}

void Master::report_trouble() {
  const std::string trouble = this->trouble();
  if (trouble != told_trouble_) {
    parts_.observer.notice(trouble.empty() ? "the run directory can be written again; going on" : trouble);
    told_trouble_ = trouble;
  }
}

std::string Master::trouble() const {
  const std::string trouble = parts_.segment.trouble();
  return trouble.empty() ? parts_.journal.trouble() : trouble;
}

void Master::act() {
  // With the journal stuck nothing is started: results are kept in memory, and there must not be more of them.
  if (!told_trouble_.empty()) return act_on_stops();
  written_down_ = 0;
  stops_seen_ = 0;
  for (const Action& action : std::exchange(pending_, {})) {
    std::visit([this](const auto& one) { act_on(one); }, action);
  }
  give_credits();
}

// What ends tasks need not be written down first, and who asks for the end does not mean to wait for the disk. It is
// said again in its turn, for the sake of tasks whose start waits before it.
void Master::act_on_stops() {
  for (; stops_seen_ < pending_.size(); ++stops_seen_) {
    if (const auto* all = std::get_if<StopWorker>(&pending_[stops_seen_])) act_on(*all);
    if (const auto* some = std::get_if<StopAttempts>(&pending_[stops_seen_])) act_on(*some);
  }
}

void Master::act_on(const ReadTasks& read) { reader_.want(read.count); }
void Master::act_on(const TakeBack& take) { parts_.channel.post(take.worker, Recall{}); }
void Master::act_on(const StopWorker& stop) { parts_.channel.post(stop.worker, StopWork{}); }

void Master::act_on(const TaskSettled& settled) {
  throughput_.task_settled(parts_.clock.now());
  if (settled.skipped_for) {
    parts_.printer.skip(settled.task);
    notes_.task_skipped(settled.task, shown(settled.task), *settled.skipped_for);
  } else if (!settled.succeeded && setup_.has_graph) {
    notes_.task_failed(settled.task, shown(settled.task));
  }
  reader_.settled(settled.task);
}

// Nobody has reported its end.
void Master::act_on(const Poisoned& poisoned) {
  write_end({.key = poisoned.key, .worker = poisoned.worker, .host = notes_.host_of(poisoned.worker), .outcome = {}},
            {});
  notes_.task_given_up(poisoned.key.task, shown(poisoned.key.task));
}

void Master::act_on(const WorkerSetAside& aside) { notes_.worker_set_aside(aside); }
void Master::act_on(const WorkerBack& back) { notes_.worker_back(back.worker); }

void Master::act_on(const StopAttempts& stop) {
  for (const AttemptKey key : stop.keys) {
    const bool asks_first = stop.cause == Cause::preempted;
    parts_.channel.post(stop.worker, StopAttempt{.task = value(key.task),
                                                 .attempt = value(key.attempt),
                                                 .cause = stop.cause,
                                                 .signal = asks_first ? first_signal(setup_.options) : 0,
                                                 .grace_ns = asks_first ? (setup_.grace * 7 / 10).count() : 0});
  }
  if (stop.cause == Cause::preempted) notes_.stopped(RunNotes::end_of_allocation);
}

void Master::act_on(const Halted& halt) {
  const Scheduler::Counters counters = scheduler_.counters();
  const bool is_first = counters.out == 0 && counters.succeeded + counters.failed + counters.retried == 0;
  notes_.halted(
      halt, [this](TaskId task) { return shown(task); }, is_first);
}

void Master::act_on(const SendTasks& send) {
  Dispatch batch{.report_within_ns = send.report_within.count()};
  const auto of_all = setup_.options.timeout ? setup_.options.timeout : scheduler_.time_limit();
  for (std::size_t i = 0; i < send.keys.size(); ++i) {
    const AttemptKey key = send.keys[i];
    const TaskSpec& task = reader_.spec(key.task);
    const Nanos own = task.timeout.value_or(of_all.value_or(Nanos::zero()));
    const auto timeout = std::chrono::duration_cast<Nanos>(own * scheduler_.timeout_growth(key.task));
    append_task(batch, key.task, key.attempt, task, timeout, send.grants.empty() ? Grant{} : send.grants[i],
                reader_.goes_by_files(key.task) && scheduler_.is_untried(key.task));
    if (setup_.options.verbosity == Verbosity::at_start) {
      parts_.printer.say(Stream::err, command_line(shown(key.task)) + '\n');
    }
    if (batch.text.size() < largest_batch_text) continue;
    parts_.channel.post(send.worker, batch);
    batch.heads.clear();
    batch.text.clear();
  }
  if (!batch.heads.empty()) parts_.channel.post(send.worker, std::move(batch));
}

TaskSpec Master::shown(TaskId task) const {
  const TaskSpec& spec = reader_.spec(task);
  return setup_.options.redact ? redacted(spec) : spec;
}

void Master::give_credits() {
  // A slow reader of our stdout slows the tasks that print, not our memory.
  constexpr std::size_t enough = std::size_t{1} << 20;
  if (parts_.printer.backlog() > enough) return;
  for (const auto& [rank, credit] : std::exchange(credits_, {})) parts_.channel.post(rank, credit);
}

// --- stopping -------------------------------------------------------------------------------------------------------

void Master::drain(const std::string& why) {
  notes_.stopped(why);
  apply(Drain{});
}

void Master::stop(const std::string& why) {
  notes_.stopped(why);
  apply(Stop{});
}

}  // namespace farm
