#include "node/resident_launcher.hpp"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

#include "shepherd/capture.hpp"

namespace farm {
namespace {

// No run has as many tasks.
constexpr std::uint64_t first_resident = std::uint64_t{1} << 62;

// Much more than a line, as a rule: the rest waits until the program has read.
constexpr int pipe_bytes = 256 << 10;

constexpr std::size_t longest_answer = 64 << 20;

// For one whose input has ended.
constexpr Nanos time_to_leave = std::chrono::seconds(1);

std::string kind_of(const LaunchRequest& request) {
  std::string kind = request.resident + '\0' + request.cwd + '\0' + std::to_string(request.memory) + '\0';
  for (const auto& [name, value] : request.env) kind.append(name).append("=").append(value).append(1, '\0');
  for (const std::uint32_t cpu : request.cpus) kind += std::to_string(cpu) + ',';
  for (const std::string& gpu : request.gpus) kind += gpu + ',';
  kind += request.hides_gpus ? 'h' : '-';
  return kind;
}

std::string what_it_cannot_have(const LaunchRequest& request) {
  const bool has_files = !request.stdin_file.empty() || !request.stdin_parts.empty() || !request.stdout_file.empty() ||
                         !request.stderr_file.empty();
  return has_files ? "a resident program's task has no standard input or output of its own" : "";
}

LaunchRequest program_for(const LaunchRequest& request, ResidentProtocol protocol) {
  LaunchRequest program{.slot = request.slot,
                        .command = request.resident,
                        .cwd = request.cwd,
                        .env = request.env,
                        .cpus = request.cpus,
                        .gpus = request.gpus,
                        .hides_gpus = request.hides_gpus,
                        .memory = request.memory,
                        .stream_output = true};
  program.env.emplace_back("FARM_RESIDENT", protocol == ResidentProtocol::json ? "json" : "lines");
  return program;
}

}  // namespace

ResidentLauncher::~ResidentLauncher() {
  for (auto& [self, resident] : residents_) {
    resident.reader.reset();
    close_input(resident);
  }
}

// --- what the worker wants ------------------------------------------------------------------------------------------

void ResidentLauncher::launch(LaunchRequest request) {
  if (request.resident.empty()) return below_.launch(std::move(request));
  const LaunchKey key{request.task, request.attempt};
  if (std::string problem = what_it_cannot_have(request); !problem.empty()) {
    refused_.push_back({key, EINVAL, std::move(problem)});
    return;
  }
  ResidentLine asked = ask_resident(setup_.protocol, request);
  if (!asked.problem.empty()) {
    refused_.push_back({key, EINVAL, std::move(asked.problem)});
    return;
  }
  const std::string kind = kind_of(request);
  const auto there = in_slot_.find(request.slot);
  if (there != in_slot_.end() && residents_.at(there->second).kind != kind) {
    let_go(there->second, residents_.at(there->second));
  }
  if (!in_slot_.contains(request.slot) && !start(program_for(request, setup_.protocol), kind)) {
    refused_.push_back(
        {key, errno, std::string("cannot make a pipe for the resident program: ") + std::strerror(errno)});
    return;
  }
  ask(in_slot_.at(request.slot), {.key = key, .timeout = request.timeout, .line = std::move(asked.line)});
}

bool ResidentLauncher::start(LaunchRequest program, const std::string& kind) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return false;
  const LaunchKey self{TaskId{first_resident + started_++}, Attempt{0}};
  program.task = self.task;
  program.stdin_pipe = "/proc/" + std::to_string(::getpid()) + "/fd/" + std::to_string(ends[0]);
  in_slot_[program.slot] = self;
  Resident& resident = residents_[self];
  resident.kind = kind;
  resident.program = program;
  resident.reader = UniqueFd(ends[0]);
  resident.writer = UniqueFd(ends[1]);
  ::fcntl(ends[1], F_SETFL, O_NONBLOCK);
  ::fcntl(ends[1], F_SETPIPE_SZ, pipe_bytes);
  below_.launch(std::move(program));
  return true;
}

void ResidentLauncher::ask(LaunchKey self, Job job) {
  Resident& resident = residents_.at(self);
  begin(job);
  asked_[job.key] = self;
  resident.unsent = job.line;
  resident.job = std::move(job);
  send(self);
}

void ResidentLauncher::begin(Job& job) const {
  job.begun = clock_.now();
  job.wall_start = clock_.wall();
  job.due = job.timeout > Nanos::zero() ? job.begun + job.timeout : end_of_time;
}

void ResidentLauncher::send(LaunchKey self) {
  Resident& resident = residents_.at(self);
  const ssize_t written = ::write(resident.writer.get(), resident.unsent.data(), resident.unsent.size());
  if (written > 0) resident.unsent.erase(0, static_cast<std::size_t>(written));
  if (resident.unsent.empty() == !resident.is_watched) return;
  resident.is_watched = !resident.is_watched;
  if (resident.is_watched) {
    poller_.watch(resident.writer.get(), Poller::writable, [this, self](unsigned) { send(self); });
  } else {
    poller_.forget(resident.writer.get());
  }
}

void ResidentLauncher::stop(LaunchKey key, const StopOrder& order) {
  const auto asked = asked_.find(key);
  if (asked == asked_.end()) return below_.stop(key, order);
  stop_job(asked->second, residents_.at(asked->second), order);
}

// The process ends with its task: what it says from now on, it says because it was told to end.
void ResidentLauncher::stop_job(LaunchKey self, Resident& resident, const StopOrder& order) {
  resident.job->is_stopped = true;
  resident.job->due = end_of_time;
  let_go(self, resident);
  below_.stop(self, order);
}

void ResidentLauncher::consumed(LaunchKey key, Stream stream, std::size_t bytes) {
  const auto asked = asked_.find(key);
  if (asked == asked_.end()) return below_.consumed(key, stream, bytes);
  Job& job = *residents_.at(asked->second).job;
  const std::size_t back = stream == Stream::err ? std::min(bytes, job.errors) : 0;
  job.errors -= back;
  if (back > 0) below_.consumed(asked->second, stream, back);
}

bool ResidentLauncher::turn(LaunchEvents& events) {
  events_ = &events;
  bool had_any = !refused_.empty();
  for (const Refusal& refusal : std::exchange(refused_, {})) {
    Outcome outcome;
    outcome.cause = Cause::not_started;
    outcome.code = refusal.error;
    events.ended(refusal.key, outcome, {}, "farm: " + refusal.line + "\n");
  }
  end_overdue();
  had_any = below_.turn(*this) || had_any;
  settle_answered();
  return had_any;
}

TimePoint ResidentLauncher::next_due() const {
  TimePoint due = refused_.empty() ? end_of_time : clock_.now();
  for (const auto& [self, resident] : residents_) {
    due = std::min(due, resident.job ? resident.job->due : resident.leave_by);
  }
  return due;
}

void ResidentLauncher::end_overdue() {
  const TimePoint now = clock_.now();
  for (auto& [self, resident] : residents_) {
    if (resident.job && now >= resident.job->due) stop_job(self, resident, {.cause = Cause::timed_out});
    if (resident.job || now < resident.leave_by) continue;
    resident.leave_by = end_of_time;
    below_.stop(self, {});
  }
}

void ResidentLauncher::retire() {
  for (auto& [self, resident] : residents_) let_go(self, resident);
}

// --- what the programs do -------------------------------------------------------------------------------------------

void ResidentLauncher::output(LaunchKey key, Stream stream, std::string_view bytes) {
  const auto found = residents_.find(key);
  if (found == residents_.end()) return events_->output(key, stream, bytes);
  Resident& resident = found->second;
  if (stream == Stream::err && resident.job) {
    resident.job->has_streamed[static_cast<int>(stream)] = true;
    resident.job->errors += bytes.size();
    return events_->output(resident.job->key, stream, bytes);
  }
  below_.consumed(key, stream, bytes.size());
  if (stream == Stream::err) return;
  std::size_t looked_at = resident.line.size();
  resident.line += bytes;
  for (std::size_t end = 0; (end = resident.line.find('\n', looked_at)) != std::string::npos; looked_at = 0) {
    const std::string line = resident.line.substr(0, end);
    resident.line.erase(0, end + 1);
    read_line(key, resident, line);
  }
  if (resident.line.size() <= longest_answer) return;
  resident.line.clear();
  if (resident.job && !resident.job->is_stopped) distrust(key, resident, "the resident program's answer has no end");
}

void ResidentLauncher::read_line(LaunchKey self, Resident& resident, std::string_view line) {
  // What it has to say at its end.
  if (resident.is_leaving && (!resident.job || resident.job->is_stopped)) return;
  if (!resident.job) return distrust(self, resident, {});
  Job& job = *resident.job;
  if (job.answer) return distrust(self, resident, "the resident program answered more than a line");
  ResidentAnswer answer = read_resident(setup_.protocol, line, value(job.key.task) + 1);
  if (answer.is_ready && resident.answered == 0) return begin(job);
  if (answer.is_ready) answer.problem = "the resident program said that it was ready when it should have answered";
  if (!answer.problem.empty()) return distrust(self, resident, std::move(answer.problem));
  job.answer = std::move(answer);
  job.answered = clock_.now();
  answered_.push_back(self);
}

// After all that has arrived: its errors, printed before its answer, may come behind it.
void ResidentLauncher::settle_answered() {
  for (const LaunchKey self : std::exchange(answered_, {})) {
    const auto found = residents_.find(self);
    if (found != residents_.end() && found->second.job) settle(self, found->second);
  }
}

void ResidentLauncher::settle(LaunchKey self, Resident& resident) {
  if (!resident.line.empty() && resident.job->answer->problem.empty()) {
    return distrust(self, resident, "the resident program answered more than a line");
  }
  Job job = *std::exchange(resident.job, std::nullopt);
  ++resident.answered;
  if (setup_.most_tasks > 0 && resident.answered >= setup_.most_tasks) let_go(self, resident);
  if (resident.is_leaving) close_input(resident);
  Outcome outcome;
  outcome.cause = Cause::exited;
  outcome.code = job.answer->status;
  outcome.started = job.wall_start;
  outcome.usage.wall = job.answered - job.begun;
  asked_.erase(job.key);
  if (job.errors > 0) below_.consumed(self, Stream::err, job.errors);
  const std::string_view out = pass_on(job, Stream::out, job.answer->out);
  const std::string_view err = pass_on(job, Stream::err, job.answer->err);
  events_->ended(job.key, outcome, out, err);
}

// What is left for the end.
std::string_view ResidentLauncher::pass_on(Job& job, Stream stream, std::string_view text) {
  if (text.size() <= kept_bytes && !job.has_streamed[static_cast<int>(stream)]) return text;
  if (!text.empty()) events_->output(job.key, stream, text);
  return {};
}

// Where answers and questions no longer go together every later answer would be somebody else's.
void ResidentLauncher::distrust(LaunchKey self, Resident& resident, std::string problem) {
  let_go(self, resident);
  if (resident.job) {
    resident.job->answered = clock_.now();
    resident.job->answer = {.status = 1, .err = "farm: " + problem + "\n", .problem = std::move(problem)};
    settle(self, resident);
  }
  below_.stop(self, {.cause = Cause::cancelled, .signal = SIGKILL});
}

void ResidentLauncher::let_go(LaunchKey self, Resident& resident) {
  std::erase_if(in_slot_, [self](const auto& place) { return place.second == self; });
  resident.is_leaving = true;
  if (!resident.job) close_input(resident);
}

// Whatever was written for it is there still.
bool ResidentLauncher::has_read_nothing(const Resident& resident) const {
  int waiting = 0;
  if (::ioctl(resident.reader.get(), FIONREAD, &waiting) != 0) return false;
  return static_cast<std::size_t>(waiting) + resident.unsent.size() == resident.job->line.size();
}

void ResidentLauncher::close_input(Resident& resident) {
  if (std::exchange(resident.is_watched, false)) poller_.forget(resident.writer.get());
  resident.writer.reset();
  resident.leave_by = clock_.now() + time_to_leave;
}

void ResidentLauncher::ended(LaunchKey key, const Outcome& outcome, std::string_view out, std::string_view err) {
  const auto found = residents_.find(key);
  if (found == residents_.end()) return events_->ended(key, outcome, out, err);
  if (found->second.job && found->second.job->answer) settle(key, found->second);
  Resident resident = std::move(found->second);
  let_go(key, resident);
  close_input(resident);
  residents_.erase(found);
  if (!resident.job) return;
  Job& job = *resident.job;
  asked_.erase(job.key);
  const bool left_by_itself = outcome.cause == Cause::exited || outcome.cause == Cause::signaled;
  if (left_by_itself && resident.answered > 0 && !job.is_stopped && !job.was_asked_before &&
      has_read_nothing(resident) && start(resident.program, resident.kind)) {
    job.was_asked_before = true;
    return ask(in_slot_.at(resident.program.slot), std::move(job));
  }
  Outcome end = outcome;
  end.usage = {.wall = clock_.now() - job.begun};
  end.started = job.wall_start;
  std::string text(err);
  if (outcome.cause == Cause::exited) {
    text += "farm: the resident program ended with status " + std::to_string(outcome.code) + " before it answered\n";
    if (end.code == 0) end.code = 1;
  }
  events_->ended(job.key, end, {}, pass_on(job, Stream::err, text));
}

}  // namespace farm
