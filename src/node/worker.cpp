#include "node/worker.hpp"

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "base/text.hpp"
#include "farm/error.hpp"
#include "farm/version.hpp"
#include "node/fill_slot.hpp"
#include "node/up_to_date.hpp"

namespace farm {
namespace {

StreamPlace to_place(const OutputRef& ref, std::size_t inline_bytes) {
  return {.bytes = ref.bytes,
          .last_frame = ref.last_frame,
          .segment = ref.segment,
          .inline_bytes = static_cast<std::uint32_t>(inline_bytes)};
}

struct Verdict {
  Outcome outcome;
  std::string complaint;  // why it is another than the program's
};

// A task that has not made what it was to make has failed, whatever it says itself.
Verdict settle_outputs(const TaskOutputs& outputs, const Outcome& outcome) {
  Verdict verdict{.outcome = outcome, .complaint = {}};
  if (succeeded(outcome)) verdict.complaint = outputs.publish();
  if (!verdict.complaint.empty()) verdict.outcome.code = 1;
  if (!succeeded(verdict.outcome)) outputs.discard();
  return verdict;
}

// A segment that cannot be written is tried again at this pace; output waits in the tasks' pipes meanwhile.
constexpr Nanos trouble_pace = std::chrono::milliseconds(500);

// Between two looks at the run directory, which is on a file system that others use, too.
constexpr unsigned beats_per_look = 4;

}  // namespace

Worker::Worker(Setup setup, Channel& channel, Launcher& launcher, const Clock& clock)
    : setup_(std::move(setup)),
      channel_(channel),
      launcher_(launcher),
      clock_(clock),
      slots_(setup_.slots),
      admission_(setup_.admission),
      devices_(setup_.node, setup_.list_processors),
      last_words_(clock.now()),
      last_beat_(last_words_) {
  say(Hello{.protocol = protocol_version,
            .farm_version = version,
            .host = setup_.host,
            .pid = setup_.pid,
            .slots = setup_.slots,
            .cpus = setup_.node.cpus,
            .gpus = static_cast<std::uint32_t>(setup_.node.gpus.size()),
            .memory = setup_.node.memory});
}

void Worker::turn() {
  while (auto envelope = channel_.receive()) handle(envelope->message);
  while (launcher_.turn(*this)) start_tasks();
  start_tasks();
  launcher_.turn(*this);
  flush_segment();
  if (should_report()) report();
  show_life();
}

TimePoint Worker::next_due() const {
  if (told_trouble_) return clock_.now() + trouble_pace;
  TimePoint due = launcher_.next_due();
  if (!results_.heads.empty()) due = std::min(due, oldest_result_ + report_within_);
  if (setup_.heartbeat > Nanos::zero()) due = std::min(due, last_beat_ + setup_.heartbeat);
  // What waits for room, or runs where memory may become short, is looked after by the clock.
  const bool waits_for_room = !queue_.empty() && running_.size() < slots_;
  const bool may_shed = setup_.admission.free_memory && !running_.empty();
  if (admission_.is_active() && (waits_for_room || may_shed)) due = std::min(due, admission_.next_look());
  return due;
}

void Worker::say(Message message) {
  channel_.post(master_rank, std::move(message));
  last_words_ = clock_.now();
}

// To the shepherd always, to the master only when it has not heard anything else.
void Worker::show_life() {
  const TimePoint now = clock_.now();
  if (setup_.heartbeat == Nanos::zero() || now < last_beat_ + setup_.heartbeat) return;
  last_beat_ = now;
  launcher_.beat();
  if (++beats_ % beats_per_look == 0) end_if_superseded();
  if (now >= last_words_ + setup_.heartbeat / 2) say(Alive{});
}

// One that was cut off knows nothing of it: what it goes on running is run a second time elsewhere.
void Worker::end_if_superseded() const {
  if (setup_.is_superseded && setup_.is_superseded()) {
    fail_fatal("on " + setup_.host + ": a later start of this run has begun; this one ends");
  }
}

bool Worker::is_expecting() const { return queue_.empty() && running_.size() < slots_; }

// --- what the master says -------------------------------------------------------------------------------------------

void Worker::handle(const Message& message) {
  if (const auto* m = std::get_if<Dispatch>(&message)) return enqueue(*m);
  if (const auto* m = std::get_if<Credit>(&message)) return credit(*m);
  if (const auto* m = std::get_if<Welcome>(&message)) return welcome(*m);
  if (std::holds_alternative<Recall>(message)) return recall();
  if (std::holds_alternative<StopWork>(message)) return stop_work();
  if (const auto* m = std::get_if<StopAttempt>(&message)) return stop_attempt(*m);
  if (const auto* m = std::get_if<Resize>(&message)) return resize(*m);
  if (const auto* m = std::get_if<Shutdown>(&message)) {
    end_ = *m;
    say(Goodbye{});
  }
}

void Worker::welcome(const Welcome& message) {
  welcome_ = message;
  if (setup_.welcomed) setup_.welcomed(message);
}

void Worker::enqueue(const Dispatch& batch) {
  report_within_ = Nanos(batch.report_within_ns);
  batch_ = batch.heads.size();
  told_running_low_ = false;
  std::size_t at = 0;
  for (const TaskHead& head : batch.heads) {
    auto task = unpack_task(head, batch.text, at);
    if (!task) fail_fatal("the master sent a batch of tasks that cannot be read");
    const LaunchKey key{TaskId{head.task}, Attempt{head.attempt}};
    LaunchRequest request{.task = key.task,
                          .attempt = key.attempt,
                          .slot = 0,
                          .command = std::move(task->command),
                          .argv = std::move(task->extra.argv),
                          .cwd = std::move(task->extra.cwd),
                          .env = std::move(task->extra.env),
                          .stdin_parts = std::move(task->extra.stdin_parts),
                          .inherits_stdin = task->extra.inherits_stdin,
                          .files = std::move(task->extra.files),
                          .timeout = Nanos(head.timeout_ns),
                          .stdin_file = std::move(task->extra.stdin_file),
                          .stdout_file = std::move(task->extra.stdout_file),
                          .stderr_file = std::move(task->extra.stderr_file),
                          .resident = task->extra.resident.empty() ? setup_.resident : std::move(task->extra.resident),
                          .stream_output = setup_.stream_output};
    queue_.push_back({.key = key,
                      .request = std::move(request),
                      .inputs = std::move(task->extra.inputs),
                      .outputs = std::move(task->extra.outputs),
                      .by_mtime = task->extra.by_mtime,
                      .grant = std::move(task->extra.grant)});
  }
}

void Worker::credit(const Credit& credit) {
  launcher_.consumed({TaskId{credit.task}, Attempt{credit.attempt}}, Stream{credit.stream}, credit.bytes);
}

void Worker::recall() {
  Returned returned;
  for (const Queued& queued : queue_) {
    returned.attempts.push_back({.task = value(queued.key.task), .attempt = value(queued.key.attempt), .unused = 0});
  }
  queue_.clear();
  // Also when that is nothing: the master waits for the answer before it sends more.
  say(std::move(returned));
}

void Worker::stop_work() {
  recall();
  for (const auto& [key, task] : running_) launcher_.stop(key, {});
}

void Worker::stop_attempt(const StopAttempt& order) {
  const LaunchKey key{TaskId{order.task}, Attempt{order.attempt}};
  const auto queued = std::ranges::find(queue_, key, &Queued::key);
  if (queued != queue_.end()) {
    queue_.erase(queued);
    say(Returned{{{.task = order.task, .attempt = order.attempt, .unused = 0}}});
  } else if (running_.contains(key)) {
    launcher_.stop(key, {.cause = order.cause, .signal = order.signal, .grace = Nanos(order.grace_ns)});
  }
}

void Worker::resize(const Resize& order) {
  if (setup_.share) slots_ = setup_.share({.kind = static_cast<SlotRule::Kind>(order.kind), .number = order.number});
  say(Resized{slots_});
}

// --- running --------------------------------------------------------------------------------------------------------

void Worker::start_tasks() {
  shed_youngest();
  while (running_.size() < slots_ && !queue_.empty() && admission_.may_start(clock_.now())) {
    Queued first = std::move(queue_.front());
    queue_.pop_front();
    start(std::move(first));
  }
}

void Worker::start(Queued task) {
  LaunchRequest& request = task.request;
  const std::size_t place = take_slot();
  request.slot = setup_.numbers[static_cast<std::uint32_t>(place)];
  running_[task.key] = {
      .slot = request.slot, .place = place, .started = ++started_, .out = {}, .err = {}, .outputs = {}};
  if (const std::string problem = fill_slot(request); !problem.empty()) {
    return refuse(task.key, EINVAL, "an expression that depends on the slot has no value: " + problem);
  }
  if (!setup_.slot_variable.empty()) request.env.emplace_back(setup_.slot_variable, std::to_string(request.slot - 1));
  if (const std::string problem = devices_.assign(task.grant, request); !problem.empty()) {
    return refuse(task.key, ENODEV, problem);
  }
  if (!request.resident.empty() && !task.outputs.empty()) {
    return refuse(task.key, EINVAL, "farm: a resident program cannot be told where to put outputs (outputs=)");
  }
  connect_files(task);
  if (task.by_mtime && is_made(task)) return pass_over(task.key);
  const FileFailure failure = write_task_files(request.files, request.cwd);
  if (failure.error != 0) return refuse_files(task.key, failure);
  launcher_.launch(std::move(request));
}

void Worker::connect_files(Queued& task) {
  LaunchRequest& request = task.request;
  for (std::string* file : {&request.stdin_file, &request.stdout_file, &request.stderr_file}) {
    if (!file->empty()) *file = path_in(request.cwd, *file);
  }
  if (task.outputs.empty()) return;
  const std::string token = std::to_string(value(task.key.task) + 1) + "-" +
                            std::to_string(value(task.key.attempt) + 1) + "-" + std::to_string(setup_.pid);
  TaskOutputs& outputs = running_.at(task.key).outputs;
  outputs = TaskOutputs(task.outputs, request.cwd, token);
  for (auto& variable : outputs.variables()) request.env.push_back(std::move(variable));
}

// Its standard streams count; what is below /dev has no time of its own.
bool Worker::is_made(const Queued& task) const {
  const auto add = [&](std::vector<std::string>& paths, const std::string& name) {
    std::string path = name.empty() ? std::string() : path_in(task.request.cwd, name);
    if (!path.empty() && !path.starts_with("/dev/")) paths.push_back(std::move(path));
  };
  std::vector<std::string> inputs;
  for (const std::string& name : task.inputs) add(inputs, name);
  add(inputs, task.request.stdin_file);
  std::vector<std::string> outputs;
  for (const std::string& name : task.outputs) add(outputs, name);
  add(outputs, task.request.stdout_file);
  add(outputs, task.request.stderr_file);
  return is_up_to_date(inputs, outputs);
}

void Worker::pass_over(LaunchKey key) {
  Outcome outcome;
  outcome.cause = Cause::exited;
  outcome.up_to_date = true;
  outcome.started = clock_.wall();
  ended(key, outcome, {}, {});
}

void Worker::refuse(LaunchKey key, int error, const std::string& line) {
  Outcome outcome;
  outcome.cause = Cause::not_started;
  outcome.code = error;
  ended(key, outcome, {}, line + '\n');
}

void Worker::refuse_files(LaunchKey key, const FileFailure& failure) {
  const std::string line =
      "cannot write " + printable(failure.path) + ": " + std::system_category().message(failure.error);
  // Every task says it on its standard error; once is enough for the user.
  if (!std::exchange(told_files_, true)) {
    say(Notice{"on " + setup_.host + ": " + line + "; tasks that bring such files fail"});
  }
  refuse(key, failure.error, line);
}

void Worker::shed_youngest() {
  if (!setup_.admission.free_memory || running_.empty() || !admission_.must_shed(clock_.now())) return;
  const auto youngest = std::max_element(running_.begin(), running_.end(), [](const auto& a, const auto& b) {
    return a.second.started < b.second.started;
  });
  launcher_.stop(youngest->first, {});
}

// The first that is free.
std::size_t Worker::take_slot() {
  const auto free = std::find(slot_in_use_.begin(), slot_in_use_.end(), false);
  const auto place = static_cast<std::size_t>(free - slot_in_use_.begin());
  if (free == slot_in_use_.end()) slot_in_use_.push_back(false);
  slot_in_use_[place] = true;
  return place;
}

bool Worker::stores_output() {
  if (setup_.stream_output || has_no_segment_) return false;
  if (!segment_ && welcome_ && setup_.open_segment) segment_ = setup_.open_segment(*welcome_);
  has_no_segment_ = !segment_;
  return !has_no_segment_;
}

void Worker::output(LaunchKey key, Stream stream, std::string_view bytes) {
  const auto found = running_.find(key);
  if (found == running_.end()) return;
  if (stores_output()) {
    OutputRef& ref = stream == Stream::out ? found->second.out : found->second.err;
    ref = segment_->append({key.task, key.attempt, stream}, ref, bytes);
    // While the segment cannot be written nothing is given back, so the task waits instead of filling our memory.
    if (segment_->trouble().empty()) launcher_.consumed(key, stream, bytes.size());
    return;
  }
  say(OutputChunk{.task = value(key.task),
                  .attempt = value(key.attempt),
                  .stream = static_cast<std::uint8_t>(stream),
                  .bytes = std::string(bytes)});
}

StreamPlace Worker::place(OutputRef& stored, LaunchKey key, Stream stream, std::string_view rest) {
  if (stored.bytes > 0 && !rest.empty()) {
    stored = segment_->append({key.task, key.attempt, stream}, stored, rest);
    rest = {};
  }
  results_.text += rest;
  return to_place(stored, rest.size());
}

void Worker::ended(LaunchKey key, const Outcome& outcome, std::string_view out, std::string_view err) {
  const auto found = running_.find(key);
  if (found == running_.end()) return;
  Running task = found->second;
  running_.erase(found);
  slot_in_use_[task.place] = false;
  if (!task.outputs.variables().empty()) end_if_superseded();
  const Verdict verdict = settle_outputs(task.outputs, outcome);
  std::string all_err;
  if (!verdict.complaint.empty()) err = all_err.append(err).append("farm: " + verdict.complaint + "\n");

  if (results_.heads.empty()) oldest_result_ = clock_.now();
  urgent_ = urgent_ || !succeeded(verdict.outcome);
  ResultHead head{.task = value(key.task),
                  .attempt = value(key.attempt),
                  .slot = task.slot,
                  .outcome = verdict.outcome,
                  .out = {},
                  .err = {}};
  head.out = place(task.out, key, Stream::out, out);
  head.err = place(task.err, key, Stream::err, err);
  results_.heads.push_back(head);
}

void Worker::signalled(int signal) {
  if (setup_.signalled) setup_.signalled(signal);
}

// --- reporting ------------------------------------------------------------------------------------------------------

bool Worker::should_report() const {
  if (results_.heads.empty() || told_trouble_) return false;
  // Held back while it costs nobody anything: the master is to know when half a batch is left, which is when it sends
  // more, and when a slot has nothing to run.
  constexpr std::size_t largest_text = 64 * 1024;
  return urgent_ || (is_running_low() && !told_running_low_) || is_expecting() || results_.text.size() > largest_text ||
         clock_.now() >= oldest_result_ + report_within_;
}

void Worker::report() {
  say(std::exchange(results_, {}));
  oldest_result_ = end_of_time;
  urgent_ = false;
  told_running_low_ = is_running_low();
}

void Worker::flush_segment() {
  if (!segment_) return;
  segment_->flush();
  const std::string trouble = segment_->trouble();
  if (!trouble.empty() && !told_trouble_) say(Notice{"on " + setup_.host + ": " + trouble});
  told_trouble_ = !trouble.empty();
}

}  // namespace farm
