#include "node/resident_launcher.hpp"

#include <fcntl.h>
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

}  // namespace

ResidentLauncher::~ResidentLauncher() {
  for (auto& [self, resident] : residents_) close_input(resident);
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
  const auto still = in_slot_.find(request.slot);
  const LaunchKey self = still != in_slot_.end() ? still->second : start(request, kind);
  if (!residents_.contains(self)) {
    refused_.push_back({key, errno, std::string("cannot make a pipe for the resident program: ") + std::strerror(errno)});
    return;
  }
  Resident& resident = residents_.at(self);
  const TimePoint now = clock_.now();
  resident.job = Job{.key = key, .begun = now, .wall_start = clock_.wall(), .timeout = request.timeout};
  if (request.timeout > Nanos::zero()) resident.job->due = now + request.timeout;
  asked_[key] = self;
  send(self, asked.line);
}

LaunchKey ResidentLauncher::start(const LaunchRequest& request, const std::string& kind) {
  const LaunchKey self{TaskId{first_resident + started_++}, Attempt{0}};
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return self;
  Resident resident;
  resident.kind = kind;
  resident.reader = UniqueFd(ends[0]);
  resident.writer = UniqueFd(ends[1]);
  ::fcntl(ends[1], F_SETFL, O_NONBLOCK);
  ::fcntl(ends[1], F_SETPIPE_SZ, pipe_bytes);
  LaunchRequest program{.task = self.task,
                        .attempt = self.attempt,
                        .slot = request.slot,
                        .command = request.resident,
                        .cwd = request.cwd,
                        .env = request.env,
                        .cpus = request.cpus,
                        .gpus = request.gpus,
                        .hides_gpus = request.hides_gpus,
                        .memory = request.memory,
                        .stdin_pipe = "/proc/" + std::to_string(::getpid()) + "/fd/" + std::to_string(ends[0]),
                        .stream_output = true};
  program.env.emplace_back("FARM_RESIDENT", setup_.protocol == ResidentProtocol::json ? "json" : "lines");
  below_.launch(std::move(program));
  residents_.emplace(self, std::move(resident));
  in_slot_[request.slot] = self;
  return self;
}

void ResidentLauncher::send(LaunchKey self, std::string_view line) {
  Resident& resident = residents_.at(self);
  resident.unsent += line;
  const ssize_t written = ::write(resident.writer.get(), resident.unsent.data(), resident.unsent.size());
  if (written > 0) resident.unsent.erase(0, static_cast<std::size_t>(written));
  if (resident.unsent.empty() == !resident.is_watched) return;
  resident.is_watched = !resident.is_watched;
  if (resident.is_watched) {
    poller_.watch(resident.writer.get(), Poller::writable, [this, self](unsigned) { send(self, {}); });
  } else {
    poller_.forget(resident.writer.get());
  }
}

void ResidentLauncher::stop(LaunchKey key, const StopOrder& order) {
  const auto asked = asked_.find(key);
  if (asked == asked_.end()) return below_.stop(key, order);
  below_.stop(asked->second, order);
}

void ResidentLauncher::consumed(LaunchKey key, Stream stream, std::size_t bytes) {
  if (!asked_.contains(key)) below_.consumed(key, stream, bytes);
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
    if (resident.job) due = std::min(due, resident.job->due);
  }
  return due;
}

void ResidentLauncher::end_overdue() {
  const TimePoint now = clock_.now();
  for (auto& [self, resident] : residents_) {
    if (!resident.job || now < resident.job->due) continue;
    resident.job->due = end_of_time;
    below_.stop(self, {.cause = Cause::timed_out});
  }
}

void ResidentLauncher::retire() {
  for (auto& [self, resident] : residents_) let_go(self, resident);
}

// --- what the programs do -------------------------------------------------------------------------------------------

void ResidentLauncher::output(LaunchKey key, Stream stream, std::string_view bytes) {
  const auto found = residents_.find(key);
  if (found == residents_.end()) return events_->output(key, stream, bytes);
  below_.consumed(key, stream, bytes.size());
  Resident& resident = found->second;
  if (stream == Stream::err) {
    if (!resident.job) return;
    resident.job->has_streamed[static_cast<int>(stream)] = true;
    return events_->output(resident.job->key, stream, bytes);
  }
  resident.line += bytes;
  for (std::size_t end = 0; (end = resident.line.find('\n')) != std::string::npos;) {
    const std::string line = resident.line.substr(0, end);
    resident.line.erase(0, end + 1);
    read_line(key, resident, line);
  }
}

void ResidentLauncher::read_line(LaunchKey self, Resident& resident, std::string_view line) {
  if (!resident.job) return distrust(self, resident, {});
  Job& job = *resident.job;
  if (job.answer) return distrust(self, resident, "the resident program answered more than a line");
  ResidentAnswer answer = read_resident(setup_.protocol, line, value(job.key.task) + 1);
  if (answer.is_ready && resident.answered == 0) {
    job.begun = clock_.now();
    job.wall_start = clock_.wall();
    if (job.timeout > Nanos::zero()) job.due = job.begun + job.timeout;
    return;
  }
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

void ResidentLauncher::close_input(Resident& resident) {
  if (std::exchange(resident.is_watched, false)) poller_.forget(resident.writer.get());
  resident.writer.reset();
}

void ResidentLauncher::ended(LaunchKey key, const Outcome& outcome, std::string_view out, std::string_view err) {
  const auto found = residents_.find(key);
  if (found == residents_.end()) return events_->ended(key, outcome, out, err);
  Resident& resident = found->second;
  if (resident.job && resident.job->answer) settle(key, resident);
  let_go(key, resident);
  close_input(resident);
  if (resident.job) {
    Job job = *resident.job;
    Outcome end = outcome;
    end.usage.wall = clock_.now() - job.begun;
    end.started = job.wall_start;
    std::string text(err);
    if (outcome.cause == Cause::exited) {
      text += "farm: the resident program ended with status " + std::to_string(outcome.code) + " before it answered\n";
      if (end.code == 0) end.code = 1;
    }
    asked_.erase(job.key);
    events_->ended(job.key, end, {}, pass_on(job, Stream::err, text));
  }
  residents_.erase(found);
}

}  // namespace farm
